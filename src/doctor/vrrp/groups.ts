// Which multicast groups an interface is in, from the kernel's own tables.
import type { Host } from '../host.ts'

/** Whether an interface is in VRRP's group; null when the table cannot be read. */
export function isMember({ inspect }: Host, name: string, family: 4 | 6): boolean | null {
  const read = inspect.text(family === 4 ? '/proc/net/igmp' : '/proc/net/igmp6')
  if (!read.ok) return null
  return family === 4 ? isInIgmp(read.value, name) : isInIgmp6(read.value, name)
}

/** 224.0.0.18 as the kernel prints it: a number of the host's own byte order. */
const V4_GROUP = ['120000E0', 'E0000012']
const V6_GROUP = 'ff020000000000000000000000000012'

/** A line for the interface, and below it one for each group. */
export function isInIgmp(text: string, name: string): boolean {
  let current = ''
  for (const line of text.split('\n')) {
    const head = /^\d+\s+(\S+)\s*:/.exec(line)
    if (head !== null) current = head[1] ?? ''
    else if (current === name && V4_GROUP.includes(line.trim().split(/\s+/, 1)[0] ?? ''))
      return true
  }
  return false
}

export function isInIgmp6(text: string, name: string): boolean {
  return text.split('\n').some((line) => {
    const [, device, group] = line.trim().split(/\s+/)
    return device === name && group === V6_GROUP
  })
}

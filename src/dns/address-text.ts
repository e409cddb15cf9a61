// IP addresses between text and bytes, with one canonical text for each (RFC 5952 for IPv6).

/** The four bytes of a dotted quad, or null. Leading zeros are refused: some read them as octal. */
export function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i] ?? ''
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null
    bytes[i] = Number(part)
  }
  return bytes
}

/** The sixteen bytes of an IPv6 address without zone, or null. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = groups(halves[0] ?? '', halves.length === 1)
  const tail = groups(halves[1] ?? '', true)
  if (head === null || tail === null) return null
  const count = head.length + tail.length
  if (halves.length === 1 ? count !== 8 : count > 7) return null
  const bytes = new Uint8Array(16)
  head.forEach((group, i) => {
    putGroup(bytes, i, group)
  })
  tail.forEach((group, i) => {
    putGroup(bytes, 8 - tail.length + i, group)
  })
  return bytes
}

/** The text of four bytes at `at`. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** The canonical text of sixteen bytes at `at`: lower case, the longest run of zeros as "::". */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  const words: number[] = []
  for (let i = 0; i < 16; i += 2) words.push(((bytes[at + i] ?? 0) << 8) | (bytes[at + i + 1] ?? 0))
  const run = longestZeroRun(words)
  const hex = words.map((word) => word.toString(16))
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

function putGroup(bytes: Uint8Array, index: number, group: number): void {
  bytes[2 * index] = group >> 8
  bytes[2 * index + 1] = group & 0xff
}

function groups(text: string, last: boolean): number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const values: number[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? ''
    const quad = last && i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : null
    if (quad !== null) {
      values.push(((quad[0] ?? 0) << 8) | (quad[1] ?? 0), ((quad[2] ?? 0) << 8) | (quad[3] ?? 0))
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      values.push(Number.parseInt(part, 16))
    } else {
      return null
    }
  }
  return values
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let i = 0; i <= words.length; i++) {
    if (words[i] === 0) continue
    if (i - start > best.length) best = { start, length: i - start }
    start = i + 1
  }
  return best
}

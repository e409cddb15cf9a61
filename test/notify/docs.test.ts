// docs/notifications.md and docs/reference/messages.md show what is really sent. UPDATE=1 rewrites what it shows.
import { describe, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NOTIFY_EVENTS } from '../../src/config/notify-table.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { EXAMPLES } from './examples.ts'

const PATH = join(import.meta.dir, '../../docs/reference/messages.md')
const GUIDE = join(import.meta.dir, '../../docs/notifications.md')
const CLUSTER = '[clusters.p.instances.i]\naddresses = ["192.0.2.99"]\n'

describe('the pages on notifications', () => {
  const text = readFileSync(PATH, 'utf8') + readFileSync(GUIDE, 'utf8')

  test.each([...EXAMPLES.keys()])('shows what is sent: %s', (name) => {
    const mark = `<!-- ${name}: written by a test -->\n`
    const [path = PATH] = [PATH, GUIDE].filter((page) => readFileSync(page, 'utf8').includes(mark))
    const shown = readFileSync(path, 'utf8')
    const [before = '', after = ''] = shown.split(mark)
    const rest = after.replace(/^\n```\w*\n.*?\n```\n/s, '')
    const real = `${before}${mark}\n\`\`\`\n${EXAMPLES.get(name)?.trimEnd()}\n\`\`\`\n${rest}`
    if (process.env.UPDATE === '1') writeFileSync(path, real)
    expect(real).toBe(readFileSync(path, 'utf8'))
  })

  test('has a row for every event', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, event]) => event)
    expect(rows.toSorted()).toEqual([...NOTIFY_EVENTS].sort())
  })

  test('has configurations that are valid', () => {
    const blocks = [...text.matchAll(/```toml\n(.*?)```/gs)].map(([, block = '']) => block)
    const context = { file: 'holdfast.toml', hostname: 'ns1' }
    expect(blocks).toHaveLength(5)
    for (const block of blocks)
      expect(parseConfig(`${CLUSTER}${block}`, context)).toMatchObject({ ok: true })
  })
})

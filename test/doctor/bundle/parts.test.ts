// What the bundle is taken from: nothing that the daemon's user could have root fetch from elsewhere.
import { expect, test } from 'bun:test'
import { partsFor } from '../../../src/doctor/bundle/parts.ts'
import { emptyHost } from '../host.ts'

const SECRET = '/etc/shadow'
const parts = partsFor({
  ...emptyHost().paths,
  paths: { runDir: '/run/holdfast', stateDir: '/var/lib/holdfast' },
  pools: [],
})

test.each([
  'holdfast/status.json',
  'holdfast/tally.json',
  'holdfast/override.json',
  'holdfast/history.jsonl',
])('%s is left out where it is a link', async (name) => {
  const part = parts.find((it) => it.name === name)
  const text = () => ({ ok: true, value: 'root:$y$j9T$' }) as const
  const linked = emptyHost({ text, link: () => ({ ok: true, value: SECRET }) })
  const taken = await part?.take(linked)
  expect(taken).toEqual({ ok: false, why: expect.stringContaining(`is a link to ${SECRET}`) })
  expect(await part?.take(emptyHost({ text }))).toMatchObject({ ok: true })
})

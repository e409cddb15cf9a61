// What the bundle is taken from: nothing that the daemon's user could have root fetch from elsewhere.
import { expect, test } from 'bun:test'
import { partsFor } from '../../../src/doctor/bundle/parts.ts'
import { emptyHost } from '../host.ts'

const SECRET = '/etc/shadow'
const parts = partsFor({
  ...emptyHost().paths,
  paths: { runDir: '/run/holdfast', stateDir: '/var/lib/holdfast' },
  pools: [],
  backends: ['recdns.ns1', 'recdns.ns2'],
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

test('the files of real servers are in one, and a link among them is not followed', async () => {
  const weights = parts.find((it) => it.name === 'holdfast/weights')
  const host = emptyHost({
    text: () => ({ ok: true, value: '100\n' }),
    link: (path) =>
      path.endsWith('ns2')
        ? { ok: true, value: SECRET }
        : { ok: false, why: 'other', error: 'no link' },
  })
  expect(await weights?.take(host)).toEqual({
    ok: true,
    text: `== /run/holdfast/weight/recdns.ns1
100

== /run/holdfast/weight/recdns.ns2
/run/holdfast/weight/recdns.ns2 is a link to ${SECRET}
`,
  })
  const orders = parts.find((it) => it.name === 'holdfast/backends')
  expect(orders?.from).toContain('/var/lib/holdfast/backend/recdns.ns1.json')
})

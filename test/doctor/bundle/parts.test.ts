// What the bundle is taken from.

import { expect, test } from 'bun:test'
import { partsFor } from '../../../src/doctor/bundle/parts.ts'
import { emptyHost } from '../host.ts'

const parts = partsFor({
  ...emptyHost().paths,
  paths: { runDir: '/run/holdfast', stateDir: '/var/lib/holdfast' },
  clusters: [],
  backends: ['recdns.ns1', 'recdns.ns2'],
})

test('the files of real servers are in one, with why a part of it could not be had', async () => {
  const weights = parts.find((part) => part.name === 'holdfast/weights')
  const host = emptyHost({
    text: (path) =>
      path.endsWith('ns2')
        ? { ok: false, why: 'other', error: `cannot read ${path}: it is a link` }
        : { ok: true, value: '100\n' },
  })
  expect(await weights?.take(host)).toEqual({
    ok: true,
    text: `== /run/holdfast/weight/recdns.ns1
100

== /run/holdfast/weight/recdns.ns2
cannot read /run/holdfast/weight/recdns.ns2: it is a link
`,
  })
  const orders = parts.find((part) => part.name === 'holdfast/backends')
  expect(orders?.from).toContain('/var/lib/holdfast/backend/recdns.ns1.json')
})

// The summary at the end of a play, as it is read.
import { expect, test } from 'bun:test'
import { readRecap } from './recap.ts'

const TEXT = `TASK [rollout : PLAY RECAP] ****
ok: [ns1]

PLAY RECAP *********************************************************************
ns1                        : ok=42   changed=6    unreachable=0    failed=0    skipped=42   rescued=0    ignored=0   
ns2.example.net            : ok=3    changed=0    unreachable=1    failed=2    skipped=0    rescued=0    ignored=0   

Sunday 22 November 2026  01:13:04 +0000 (0:00:00.271)       0:01:09.889 *******
`

test('has an entry for each host', () => {
  expect(readRecap(TEXT)).toEqual({
    ns1: { ok: 42, changed: 6, unreachable: 0, failed: 0, skipped: 42 },
    'ns2.example.net': { ok: 3, changed: 0, unreachable: 1, failed: 2, skipped: 0 },
  })
})

test('is empty for a play that did not start', () => {
  expect(readRecap('ERROR! the playbook: site.yml could not be found\n')).toEqual({})
})

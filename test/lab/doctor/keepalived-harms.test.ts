// keepalived.conf with words that silence an address: the doctor names them, and what it prints is typed and helps.
import { expect } from 'bun:test'
import { KEEPALIVED_CONF } from '../keepalived.ts'
import type { Lab } from '../lab.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'
import { diagnose, resultOf } from './diagnose.ts'
import { edited, inInstance, reload } from './edited.ts'

const patient = ward({})
/** It does not end. */
const STARTS = /^keepalived /

/** @param lines of global_defs */
function inGlobals(...lines: readonly string[]): (text: string) => string {
  return (text) => text.replace('global_defs {', ['global_defs {', ...lines].join('\n  '))
}

async function answers({ client }: Lab, address: string): Promise<boolean> {
  const command = ['dig', '+tries=1', '+time=1', `@${address}`, 'whoami.lab', 'TXT']
  return (await client.node.exec(command)).code === 0
}

/** Types what the check says, word by word. */
async function typeRemedyOf(code: string, server: LabServer): Promise<void> {
  const { outcome } = resultOf(await diagnose(server, '--only', code), code)
  if (outcome.kind === 'ok' || !('remedy' in outcome)) throw new Error(`${code} has no remedy`)
  for (const line of outcome.remedy) {
    if (STARTS.test(line)) await startAgain(server)
    else expect(await server.node.exec(['sh', '-c', line])).toMatchObject({ code: 0, stderr: '' })
  }
}

/** The service manager of the lab: a second keepalived beside the first would end at once. */
async function startAgain({ keepalived }: LabServer): Promise<void> {
  await keepalived.stop()
  await keepalived.start()
}

/** keepalived reads the change at a reload, and clients get no answer until the remedy is typed. */
function silenced(change: (text: string) => string) {
  const { break: edit } = edited(change)
  return {
    break: async (server: LabServer, lab: Lab) => {
      expect(await answers(lab, '192.0.2.53')).toBe(true)
      await edit(server)
      await server.node.run(['sh', '-c', UNTIL_DROPPED])
      for (const address of lab.addresses) expect(await answers(lab, address)).toBe(false)
    },
    mend: async (server: LabServer, lab: Lab) => {
      await typeRemedyOf('H228', server)
      await lab.settled()
      // named opens its sockets a moment after an address has come.
      for (const address of lab.addresses) await until(() => answers(lab, address))
    },
  }
}

/** keepalived makes its rules a moment after the reload; nft tells of each change. */
const UNTIL_DROPPED = `nft list table ip keepalived 2>/dev/null | grep -q 192.0.2.53 ||
  timeout 20 nft monitor | grep -q -m 1 192.0.2.53`

patient.breaks({
  name: 'H228: vrrp_strict, as in the sample of keepalived',
  ...silenced(inGlobals('vrrp_strict')),
  says: ['vrrp_strict in keepalived.conf drops all packets', 'packets to 192.0.2.53 are dropped'],
})

patient.breaks({
  name: 'H228: no_accept',
  ...silenced(inInstance('no_accept')),
  says: ['no_accept in keepalived.conf'],
})

patient.breaks({
  name: 'H228: rules that keepalived left behind when it was told to reload',
  break: async (server, lab) => {
    const { break: edit } = silenced(inGlobals('vrrp_strict'))
    await edit(server, lab)
    const text = server.node.read(KEEPALIVED_CONF)
    server.node.write(KEEPALIVED_CONF, text.replace('\n  vrrp_strict', ''))
    await reload(server)
    await startAgain(server)
    expect(await answers(lab, '192.0.2.53')).toBe(false)
  },
  mend: silenced((text) => text).mend,
  says: ['Firewall rules left by keepalived', 'nft list tables'],
})

patient.breaks({
  name: 'H229: a server without a link would go on as master',
  ...edited(inInstance('dont_track_primary')),
  says: ['dont_track_primary in keepalived.conf distorts the election'],
})

patient.breaks({
  name: 'H231: a route gives clients no answer',
  ...edited(inInstance('virtual_routes {', '  blackhole 203.0.113.0/24 no_track', '}')),
  typed: true,
  says: ['virtual_routes in keepalived.conf turns clients', 'blackhole 203.0.113.0/24'],
})

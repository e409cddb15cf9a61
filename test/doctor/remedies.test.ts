// What the doctor tells people to type, and what it does not claim to have seen: on hosts that are nearly sound.
import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/parse.ts'
import { CHECKS } from '../../src/doctor/checks.ts'
import type { Finding, Trouble } from '../../src/doctor/doctor-check.ts'
import type { FileFacts, ProgramRun, Read } from '../../src/ports.ts'
import { createRandom } from '../../src/simulate/random.ts'
import type { Recording } from './any-host/recording.ts'
import soundHost from './any-host/sound-host.json' with { type: 'json' }
import { spoiltHost } from './any-host/spoil.ts'
import { styleFlaws } from './style.ts'

const SOUND = soundHost as unknown as Recording
const TOML = (SOUND['text /etc/holdfast/holdfast.toml'] as { value: string }).value

const good = <T>(value: T): Read<T> => ({ ok: true, value })
const DENIED = { ok: false, why: 'denied', error: 'permission denied' } as const
const said = (stdout: string): Read<ProgramRun> => good({ code: 0, stdout, stderr: '' })

async function found(code: string, changes: Recording, uid = 0): Promise<Finding> {
  const check = CHECKS.find((candidate) => candidate.code === code)
  const host = spoiltHost({ ...SOUND, ...changes }, createRandom('remedies'), 0)
  return (await check?.run({ ...host, inspect: { ...host.inspect, uid } })) as Finding
}

async function troubled(code: string, changes: Recording): Promise<Trouble> {
  const finding = await found(code, changes)
  expect(finding).toMatchObject({ kind: 'trouble' })
  expect(styleFlaws(finding as Trouble)).toEqual([])
  return finding as Trouble
}

/** The sound host with the interface of another name. */
function renamed(name: string): Recording {
  return JSON.parse(JSON.stringify(SOUND).replaceAll('eth0', name)) as Recording
}

test('a setting of a VLAN is written as sysctl takes it', async () => {
  const { remedy } = await troubled('H506', {
    ...renamed('eth0.100'),
    'text /proc/sys/net/ipv4/conf/eth0.100/rp_filter': good('1\n'),
    'run ip rule show': said('0:\tfrom all lookup local\n32766:\tfrom all lookup main\n'),
    'run ip route show default': said('default via 198.51.100.254 dev eth1\n'),
  })
  expect(remedy).toContain('sysctl -w net/ipv4/conf/eth0.100/rp_filter=2')
})

const SYSTEMD: Recording = {
  'stat /run/systemd/system': good<FileFacts>({
    ...{ kind: 'folder', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0, modifiedMs: 0 },
  }),
}

test('a line for tmpfiles.d goes beside the file of the package, which it would else replace', async () => {
  const { remedy } = await troubled('H126', {
    ...SYSTEMD,
    'list /usr/lib/tmpfiles.d': good(['holdfast.conf']),
    'text /usr/lib/tmpfiles.d/holdfast.conf': good('d /run/holdfast 0755 holdfast holdfast -\n'),
  })
  expect(remedy).toContain(
    'echo "d /run/holdfast/priority 0755 root root" >> /etc/tmpfiles.d/holdfast-local.conf',
  )
})

test('a folder that nothing makes is told with the code of what should make it', async () => {
  const gone = { ok: false, why: 'missing', error: 'there is no such thing' } as const
  const missing = { 'real /run/holdfast/priority': gone, 'stat /run/holdfast/priority': gone }
  const { what, evidence } = await troubled('H127', { ...SYSTEMD, ...missing })
  expect(what).toBe('/run/holdfast/priority is missing')
  expect(evidence.at(-1)).toBe('tmpfiles.d does not create all of it: fix H126 first')
})

const unit = (name: string, text: string): Recording => ({
  [`run systemctl show --no-pager -- ${name}`]: said(text),
})

test('a mask for this boot alone is lifted as what it is', async () => {
  const masked = (state: string) =>
    troubled('H121', {
      ...SYSTEMD,
      ...unit('holdfast.service', `LoadState=masked\nUnitFileState=${state}\n`),
    })
  expect((await masked('masked')).remedy[0]).toBe('systemctl unmask holdfast.service')
  expect((await masked('masked-runtime')).remedy[0]).toBe(
    'systemctl unmask --runtime holdfast.service',
  )
})

test('a lost user comes back into the group that is left, and has its files again', async () => {
  const lost = (group: string) =>
    troubled('H125', {
      ...SYSTEMD,
      ...unit('holdfast.service', `LoadState=loaded\nUser=holdfast\nGroup=${group}\n`),
      'run getent passwd -- holdfast': good({ code: 2, stdout: '', stderr: '' }),
      'run getent group -- holdfast': said('holdfast:x:997:\n'),
    })
  for (const group of ['holdfast', ''])
    expect((await lost(group)).remedy).toEqual([
      'useradd --system --no-create-home --shell /usr/sbin/nologin --gid holdfast holdfast',
      'chown -R holdfast /var/lib/holdfast',
      'systemd-tmpfiles --create',
      'systemctl reset-failed holdfast',
      'systemctl restart holdfast',
    ])
})

test('a status on which something is mounted is not removed, but unmounted', async () => {
  const path = '/run/holdfast/status.json'
  const garbage = { [`text ${path}`]: good('{') }
  expect((await troubled('H133', garbage)).remedy).toContain(`rm -rf ${path}`)
  const mounted = { ...garbage, 'text /proc/self/mountinfo': good(`1 2 0:3 /g ${path} rw - x x\n`) }
  expect((await troubled('H133', mounted)).remedy).toContain(`umount ${path}`)
})

test('a program that lacks the right to be executed is given it, and one that is gone is made', async () => {
  const path = '/usr/local/bin/holdfast'
  const { value } = SOUND[`stat ${path}`] as { value: FileFacts }
  const bare = await troubled('H112', { [`stat ${path}`]: good({ ...value, mode: 0o644 }) })
  expect(bare.remedy).toContain(`chmod 0755 ${path}`)
  const gone = { ok: false, why: 'missing', error: 'there is no such thing' } as const
  expect((await troubled('H112', { [`real ${path}`]: gone })).remedy).toContain(
    `install -D -m 0755 "$(command -v holdfast)" ${path}`,
  )
})

test('a keepalived with a /tmp of its own gets a drop-in, without an editor', async () => {
  const { remedy } = await troubled('H221', {
    ...SYSTEMD,
    ...unit('keepalived.service', 'LoadState=loaded\nMainPID=31\nPrivateTmp=yes\n'),
    'text /proc/31/cgroup': good('0::/system.slice/keepalived.service\n'),
    dump: { ok: false, why: 'missing', error: 'keepalived writes no /tmp/keepalived.json' },
  })
  const folder = '/etc/systemd/system/keepalived.service.d'
  expect(remedy).toEqual([
    `mkdir -p ${folder}`,
    `printf '[Service]\\nPrivateTmp=no\\n' >${folder}/private-tmp.conf`,
    'systemctl daemon-reload',
    'systemctl restart keepalived',
  ])
})

const SECRET = '/etc/holdfast/secrets/chat'
const WITH_SECRET: Recording = {
  'text /etc/holdfast/holdfast.toml': good(
    `${TOML}\n[notify]\n[notify.channels.chat]\ntype = "webhook"\nurl = "https://chat.example.net/"\ntoken_file = "${SECRET}"\n`,
  ),
}

test('a secret that this user cannot see is not said to be sound', async () => {
  const hidden = { ...WITH_SECRET, [`real ${SECRET}`]: DENIED }
  expect(await found('H153', hidden, 1000)).toEqual({
    ...{ kind: 'skip', why: `needs root to look at ${SECRET}` },
  })
})

test('a secret that is missing is made anew with its directory, for the daemon to read', async () => {
  const { remedy } = await troubled('H153', WITH_SECRET)
  expect(remedy[0]).toBe(`install -D -g holdfast -m 0640 /dev/null ${SECRET}`)
})

test('named that does not run says so where its configuration is the cause', async () => {
  const refused: Recording = Object.fromEntries(
    Object.keys(SOUND)
      .filter((text) => text.startsWith('run named-checkconf'))
      .map((name) => [
        name,
        good({ code: 1, stdout: '/etc/bind/named.conf:1: unknown option', stderr: '' }),
      ]),
  )
  const noSocket = good('  sl  local_address rem_address   st\n')
  const tables = ['udp', 'udp6', 'tcp', 'tcp6'].map((text) => [`text /proc/net/${text}`, noSocket])
  const noProcess = { 'list /proc': good([]), ...Object.fromEntries(tables), ...refused }
  const { evidence } = await troubled('H402', noProcess)
  expect(evidence).toContain('named-checkconf rejects its configuration: see H405')
  const { remedy } = await troubled('H405', noProcess)
  expect(remedy).toEqual(
    expect.arrayContaining(['# Fix the line, then:', 'systemctl restart named']),
  )
})

const CONF = '/etc/keepalived/keepalived.conf'
const CONF_TEXT = (SOUND[`text ${CONF}`] as { value: string }).value

test('words that silence an address are taken out by what is printed, and nothing else', async () => {
  const text = CONF_TEXT.replace(
    'vrrp_version 3',
    'vrrp_version 3\n  "vrrp_strict" # as in the sample',
  ).replace('state BACKUP', 'state BACKUP\n  no_accept')
  const { what, evidence, remedy } = await troubled('H228', { [`text ${CONF}`]: good(text) })
  expect(what).toStartWith('no_accept, vrrp_strict in keepalived.conf')
  expect(evidence).toHaveLength(2)
  expect(remedy.slice(-3)).toEqual([
    'kill 31 && tail --pid=31 -f /dev/null',
    "nft list tables | sed -n 's/^table ip6\\? keepalived$/delete &/p' | nft -f -",
    'keepalived --dont-fork --log-console --log-detail',
  ])
  const after = typed(remedy.slice(0, -3), text)
  expect(await found('H228', { [`text ${CONF}`]: good(after) })).toMatchObject({ kind: 'ok' })
  expect(after).toBe(CONF_TEXT)
})

test('a word on a line with others leaves them there', async () => {
  const text = CONF_TEXT.replace('global_defs {', 'global_defs { vrrp_strict }\nglobal_defs {')
  const { remedy } = await troubled('H228', { [`text ${CONF}`]: good(text) })
  expect(typed(remedy.slice(0, -3), text)).toBe(text.replace('vrrp_strict ', ''))
})

test('what bends the election is taken out, and read by a reload', async () => {
  const text = CONF_TEXT.replace('state BACKUP', 'state BACKUP\n  dont_track_primary')
  const { remedy } = await troubled('H229', { [`text ${CONF}`]: good(text) })
  expect(remedy.at(-1)).toBe('kill -HUP 31')
  expect(typed(remedy.slice(0, -1), text)).not.toContain('dont_track_primary')
})

test('what turns clients away is named with its place, and lines of their own are taken out', async () => {
  const routes = '  virtual_routes {\n    blackhole default\n  }\n'
  const server = 'virtual_server 192.0.2.53 53 {\n  protocol UDP\n}\n'
  const opened = CONF_TEXT.replace('state BACKUP\n', `state BACKUP\n${routes}`)
  const text = `${opened}${server}`
  const { what, evidence, remedy } = await troubled('H231', { [`text ${CONF}`]: good(text) })
  expect(what).toStartWith('virtual_routes, virtual_server in keepalived.conf turns clients')
  const line = text.split('\n').indexOf('virtual_server 192.0.2.53 53 {') + 1
  expect(evidence.at(-1)).toStartWith(`${CONF}:${line}: virtual_server 192.0.2.53 53: IPVS takes`)
  expect(remedy[0]).toEndWith(`by hand: ${CONF}:${line}`)
  expect(typed(remedy.slice(1, -1), text)).toBe(text.replace('    blackhole default\n', ''))
  expect(remedy.at(-1)).toBe('kill -HUP 31')
  expect(await found('H228', { [`text ${CONF}`]: good(text) })).toMatchObject({ kind: 'ok' })
})

test('a balancer lets IPVS take the queries', async () => {
  const text = `${CONF_TEXT}virtual_server 192.0.2.53 53 {\n}\n`
  const server = 'rs1.addresses = ["198.51.100.5"]'
  const service = `addresses = ["192.0.2.53"]\n[balancer.services.dns.servers]\n${server}\n`
  const own = TOML.replace('service_addresses_on_loopback = true\n', '')
  const config = `${own}\n[balancer.services.dns]\n${service}`
  expect(parseConfig(config, { file: 'holdfast.toml', hostname: 's1' })).toMatchObject({ ok: true })
  const finding = await found('H231', {
    [`text ${CONF}`]: good(text),
    'text /etc/holdfast/holdfast.toml': good(config),
  })
  expect(finding).toEqual({ kind: 'ok', seen: 'no such line' })
})

test('rules that keepalived has left behind are told where no line has them', async () => {
  const left = 'set vips {\n type ipv4_addr\n elements = { 192.0.2.53 }\n }\n ip daddr @vips drop\n'
  const { what, evidence, remedy } = await troubled('H228', {
    'run nft list table ip keepalived': said(left),
  })
  expect(what).toContain('left by keepalived')
  expect(evidence).toEqual(['nftables, table ip keepalived: packets to 192.0.2.53 are dropped'])
  expect(remedy).toHaveLength(3)
  const stopped = await troubled('H228', {
    'run nft list table ip keepalived': said(left),
    'list /proc': good([]),
  })
  expect(stopped.remedy).toEqual(remedy.slice(1))
})

/** What the file holds after a shell has run these commands on it. */
function typed(commands: readonly string[], text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-remedy-'))
  const path = join(folder, 'keepalived.conf')
  try {
    writeFileSync(path, text)
    for (const command of commands) {
      const { exitCode } = Bun.spawnSync(['sh', '-c', command.replaceAll(CONF, path)])
      expect(exitCode).toBe(0)
    }
    return readFileSync(path, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

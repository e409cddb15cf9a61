// What the doctor expects of the keepalived that is installed: that of Debian 12, or that of Debian 13.
import { describe, expect, test } from 'bun:test'
import { CHECKS } from '../../../src/doctor/checks.ts'
import type { Finding, Trouble } from '../../../src/doctor/doctor-check.ts'
import type { FileFacts, ProgramRun, Read } from '../../../src/ports.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import type { Recording } from '../any-host/recording.ts'
import soundHost from '../any-host/sound-host.json' with { type: 'json' }
import { spoiltHost } from '../any-host/spoil.ts'

const SOUND = soundHost as unknown as Recording
const CONF = '/etc/keepalived/keepalived.conf'
const SHELL = '/usr/bin/sh'

const good = <T>(value: T): Read<T> => ({ ok: true, value })
const facts = (kind: FileFacts['kind'], mode = 0o755, uid = 0): Read<FileFacts> =>
  good({ kind, mode, uid, gid: 0, sizeBytes: 1, modifiedMs: 0 })

function installed(version: string): Recording {
  const stderr = `Keepalived v${version} (01/31,2025)\n`
  return { 'run keepalived --version': good<ProgramRun>({ code: 0, stdout: '', stderr }) }
}

/** The sound host with other texts in place of those that it has, wherever they stand. */
function rewritten(from: string, to: string): Recording {
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1)
  return JSON.parse(JSON.stringify(SOUND).replaceAll(quoted(from), quoted(to))) as Recording
}

async function found(code: string, ...changes: readonly Recording[]): Promise<Finding> {
  const check = CHECKS.find((candidate) => candidate.code === code)
  const recording = Object.assign({}, SOUND, ...changes) as Recording
  const host = spoiltHost(recording, createRandom('releases'), 0)
  return (await check?.run({ ...host, inspect: { ...host.inspect, uid: 0 } })) as Finding
}

describe('H215 goes by the rules of the keepalived that is installed', () => {
  const linked: Recording = {
    ...rewritten(`script "${SHELL} `, 'script "/bin/sh '),
    'real /bin/sh': good('/usr/bin/dash'),
    'real /bin': good('/usr/bin'),
    'stat /bin': facts('link', 0o777),
  }

  test.each(['2.2.7', '2.2.8'])('%s follows a link among the folders of a script', async (text) => {
    expect(await found('H215', linked, installed(text))).toMatchObject({ kind: 'ok' })
  })

  test.each(['2.3.0', '2.3.3', '2.4.0'])('%s removes a script for one', async (text) => {
    const line = `${CONF}:12: vrrp_script holdfast is dropped: /bin is a symbolic link`
    const finding = await found('H215', linked, installed(text))
    expect(finding).toMatchObject({ kind: 'trouble', evidence: [line] })
    expect(JSON.stringify(finding)).toContain(`Write ${SHELL} in place of /bin/sh.`)
    const { value } = linked[`text ${CONF}`] as { value: string }
    const unsecured = { [`text ${CONF}`]: good(value.replace('enable_script_security', '')) }
    expect(await found('H215', linked, unsecured, installed(text))).toMatchObject({
      evidence: [line],
    })
  })

  test('a program that is a link itself is none of that', async () => {
    const link = { [`stat ${SHELL}`]: facts('link', 0o777) }
    for (const text of ['2.2.7', '2.3.3'])
      expect(await found('H215', link, installed(text))).toMatchObject({ kind: 'ok' })
  })

  test("a link of somebody else's counts where the path is gone along", async () => {
    const link = { [`stat ${SHELL}`]: facts('link', 0o777, 1000) }
    expect(await found('H215', link, installed('2.2.7'))).toMatchObject({ kind: 'ok' })
    const finding = await found('H215', link, installed('2.3.3'))
    expect(JSON.stringify(finding)).toContain(`${SHELL} does not belong to root`)
  })
})

describe('H226 compares what runs with what is written', () => {
  const dump = (SOUND.dump as { value: string }).value
  const running = (scripts: readonly string[]): Recording => {
    const [instance] = JSON.parse(dump)
    instance.data.track_script = scripts
    return { dump: good(JSON.stringify([instance])) }
  }

  test('the shell is what it is told to be', async () => {
    const [told] = JSON.parse(dump)[0].data.track_script as [string]
    expect(told).toStartWith(`'${SHELL}' '-c' '`)
    expect(await found('H226')).toMatchObject({ kind: 'ok', seen: 'recdns0' })
  })

  test("a dead man's switch that was dropped is missed, whatever dropped it", async () => {
    const finding = await found('H226', running([]), installed('2.3.3'))
    expect(finding).toMatchObject({
      kind: 'trouble',
      evidence: [`${CONF}:12: recdns0 tracks holdfast, which does not run`],
    })
    const other = running([`'${SHELL}' '-c' 'true'`])
    expect(await found('H226', other)).toMatchObject({ kind: 'trouble' })
  })
})

describe('H230 tells of faults of the release where the file leads to them', () => {
  const text = (SOUND[`text ${CONF}`] as { value: string }).value
  const folder: Recording = { 'real /run/holdfast/priority': good('/run/holdfast/priority') }
  const gone: Recording = {
    'real /run/holdfast/priority': { ok: false, why: 'missing', error: 'there is none' },
  }
  const follows = 'real_server 192.0.2.11 53 {\n FILE_CHECK {\n  track_file recdns_s1\n }\n}\n'
  const balancing: Recording = {
    [`text ${CONF}`]: good(`${text}virtual_server 192.0.2.53 53 {\n${follows}}\n`),
  }

  test.each(['2.2.7', '2.3.1', '2.3.3', '2.4.0'])('%s has none on the usual way', async (other) => {
    expect(await found('H230', folder, installed(other))).toMatchObject({ kind: 'ok', seen: other })
  })

  test.each(['2.3.0', '2.3.2'])(
    '%s crashes at a real server that follows a file',
    async (other) => {
      const finding = await found('H230', folder, balancing, installed(other))
      expect(finding).toMatchObject({ kind: 'trouble' })
      expect(JSON.stringify(finding)).toMatch(
        /fixed in 2\.3\.3","\/etc\/keepalived\/keepalived\.conf:\d+: FILE_CHECK"/,
      )
    },
  )

  test.each(['2.2.8', '2.3.3'])('%s loses memory where a folder is missing', async (other) => {
    expect(JSON.stringify(await found('H230', gone, installed(other)))).toMatch(
      /fixed in 2\.3\.4.*track_file recdns0"/,
    )
  })

  test('each has a remedy of its own: the newest that Debian 13 has still loses memory', async () => {
    const apt = 'apt-get update && apt-get install keepalived'
    const other: Recording = {
      [`text ${CONF}`]: good(`${text}track_file more {\n file /run/more/file\n}\n`),
      'real /run/more': { ok: false, why: 'missing', error: 'there is none' },
    }
    const reload = expect.stringMatching(/^(kill -HUP|systemctl reload)/)
    const systemd = { 'stat /run/systemd/system': facts('folder') }
    const remedyOf = async (...changes: readonly Recording[]) =>
      ((await found('H230', ...changes)) as Trouble).remedy
    expect(await remedyOf(folder, balancing, installed('2.3.2'))).toEqual([apt])
    expect(await remedyOf(gone, systemd, installed('2.3.3'))).toEqual([
      'systemd-tmpfiles --create',
      reload,
    ])
    expect(await remedyOf(folder, other, systemd, installed('2.3.3'))).toEqual([
      'install -d -m 755 /run/more',
      reload,
    ])
    expect(await remedyOf(gone, balancing, installed('2.3.2'))).toEqual([
      apt,
      'install -d -m 755 /run/holdfast/priority',
      reload,
    ])
  })

  test.each(['2.2.7', '2.3.4', '2.4.0'])('%s does neither', async (other) => {
    const finding = await found('H230', gone, balancing, installed(other))
    expect(finding).toMatchObject({ kind: 'ok' })
  })
})

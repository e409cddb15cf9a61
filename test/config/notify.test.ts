// [notify] from text to typed channels; its errors are among the bad files.
import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NotifyConfig } from '../../src/config/notify-table.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { LOCAL, MAIL } from '../notify/notify-fixtures.ts'
import { configOf } from './parsing.ts'

const CLUSTER = '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n'

const notify = (text: string): NotifyConfig => configOf(`${CLUSTER}${text}`, 'ns1').notify

describe('[notify]', () => {
  test('leaves out real servers where it says so', () => {
    const balancer = `[balancer.services.dns]\naddresses = ["192.0.2.53"]
[balancer.services.dns.servers.ns1]\naddresses = ["192.0.2.11"]\n`
    expect(notify(`${balancer}[notify]\nbackends = false\n`).backends).toBe(false)
    expect(notify(`${balancer}[notify]\n`).backends).toBe(true)
  })

  test('is not there: nothing is sent', () => {
    expect(notify('').channels).toEqual([])
  })

  test('is empty: mail to root by SMTP to the mail system of this host', () => {
    const expected = {
      groupWaitMs: 2000,
      groupIntervalMs: 60_000,
      maxPerHour: 20,
      backends: true,
      channels: [LOCAL],
    }
    expect(notify('[notify]\n')).toEqual(expected)
  })

  test('speaks in clear to this host alone, and not where a key says otherwise', () => {
    const at = (keys: string) =>
      notify(`[notify]\nfrom = "a@b"\nto = ["c@d"]\n[notify.channels.mail]\n${keys}\n`).channels
    expect(at('')).toMatchObject([{ server: '127.0.0.1', security: 'none', port: 25 }])
    expect(at('server = "::1"')).toMatchObject([{ isLocal: true, security: 'none' }])
    for (const keys of ['tls_name = "mail.example.net"', 'ca_file = "/x"', 'server = "192.0.2.25"'])
      expect(at(keys)).toMatchObject([{ security: 'starttls', port: 587 }])
  })

  test('every key arrives where it belongs', () => {
    const text = readFileSync(join(import.meta.dir, 'testdata/good/notify.toml'), 'utf8')
    const parsed = parseConfig(text, { file: 'notify.toml', hostname: 'ns1' })
    const from = 'holdfast@ns1.example.net'
    const to = ['hostmaster@example.net', 'night+dns@example.net']
    const { name: _n, type: _t, command: _c, ...base } = MAIL
    const smtp = { ...base, type: 'smtp' as const, from, to, caFile: null, tlsName: null }
    const expected: NotifyConfig = {
      groupWaitMs: 1000,
      groupIntervalMs: 300_000,
      maxPerHour: 6,
      backends: true,
      channels: [
        { ...LOCAL, from, to },
        {
          ...MAIL,
          name: 'letters',
          from: 'ns1',
          to: ['root'],
          command: ['/usr/lib/sendmail', '-t'],
          events: ['backup', 'dead'],
          timeoutMs: 10_000,
          retryMinMs: 1000,
          retryMaxMs: 60_000,
          expireAfterMs: 7_200_000,
        },
        {
          ...smtp,
          name: 'relay',
          server: '2001:db8::25',
          isLocal: false,
          port: 587,
          security: 'starttls',
          tlsName: 'mail.example.net',
          caFile: '/etc/ssl/mail.pem',
          login: { user: 'ns1', passwordFile: '/etc/holdfast/secrets/smtp' },
        },
        {
          ...LOCAL,
          name: 'plain',
          from,
          to: ['dns@example.net'],
        },
        {
          ...(({ from: _f, to: _o, ...rest }) => rest)(base),
          name: 'chat',
          type: 'webhook',
          url: 'https://192.0.2.80:8443/hook?room=dns',
          tokenFile: '/etc/holdfast/secrets/chat',
          caFile: '/etc/ssl/chat.pem',
        },
        {
          ...(({ from: _f, to: _o, ...rest }) => rest)(base),
          name: 'pager',
          type: 'command',
          command: ['/usr/local/bin/page', '--who', 'dns on call'],
        },
      ],
    }
    expect(parsed.ok && parsed.value.notify).toEqual(expected)
  })
})

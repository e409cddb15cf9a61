// Secrets: where they stand, and wherever known ones have got to.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRedactor, REMOVED } from '../../../src/doctor/bundle/redact.ts'
import {
  argumentSecrets,
  keysIn,
  passwordsIn,
  secretFilesIn,
  urlSecrets,
} from '../../../src/doctor/bundle/secrets.ts'

const SECRET = 'hunter2!x'

describe('a secret that nobody knows of is removed where it has its name', () => {
  const redact = createRedactor([])
  test.each([
    `    auth_pass ${SECRET}`,
    `+    auth_pass "${SECRET} more"`,
    `vrrp_instance = ["auth_pass ${SECRET}"]`,
    `"auth_data": "${SECRET}",`,
    `"auth_data": [ "${SECRET}" ],`,
    `password = "${SECRET}"`,
    `password = '${SECRET}'`,
    `smtp_password: ${SECRET}`,
    `SMTP-Password=${SECRET}`,
    `{"token":"${SECRET}"}`,
    `{"token":"a\\"${SECRET}"}`,
    `Environment=SMTP_KEY=${SECRET} OTHER=1`,
    `command = ["/usr/local/bin/tell", "--token", "${SECRET}"]`,
    `/usr/bin/tell --password ${SECRET} --json`,
    `/usr/bin/tell --api-key=${SECRET}`,
    `/usr/bin/tell --pass ${SECRET} --json`,
    `/usr/bin/tell --smtp-pass=${SECRET}`,
    `/usr/bin/tell --pass '${SECRET} more'`,
    `command = ["tell", "-pass", "${SECRET}"]`,
    `tell --pwd "${SECRET}"`,
    `curl --oauth2-bearer ${SECRET}`,
    `curl -u root:${SECRET} https://mail.example/`,
    `curl -uroot:${SECRET} https://mail.example/`,
    `curl -u 'root:a ${SECRET} more'`,
    `curl --user=root:${SECRET}`,
    `curl --proxy-user root:${SECRET}`,
    `command = ["curl", "-u", "root:${SECRET}", "-d"]`,
    `command = ["curl", "--user", 'root:${SECRET}']`,
    `curl -sSu root:${SECRET} https://mail.example/`,
    `curl -b 'session=${SECRET}' --cookie "sid=${SECRET}"`,
    `curl -H 'Authorization: Digest username="x", response="${SECRET}"'`,
    `Cookie: sid=${SECRET}`,
    `tell --auth ${SECRET} --pw ${SECRET} --key ${SECRET} --credentials=a:${SECRET}`,
    `PGPASSWORD=${SECRET} psql`,
    `MYSQL_PWD=${SECRET} mysqldump`,
    `user=root pass=${SECRET}`,
    `sshpass -p ${SECRET} ssh ns1`,
    `sshpass -p'${SECRET} more' ssh ns1`,
    `command = ["sshpass", "-p", "${SECRET}", "ssh"]`,
    `mysql -uroot -p${SECRET} journal`,
    `command = ["mysql", "-p${SECRET}"]`,
    `snmptrap -v 2c -c ${SECRET} trap.example ''`,
    `snmpget -v3 -u me -A ${SECRET} -X '${SECRET}' ns1`,
    `rocommunity ${SECRET} default`,
    `ldapsearch -D cn=x -w ${SECRET}`,
    `ipmitool -U admin -P ${SECRET} power status`,
    `redis-cli -a ${SECRET} ping`,
    `openssl enc -k ${SECRET} -passin pass:${SECRET}`,
    `mosquitto_pub -u me -P ${SECRET} -m down`,
    `swaks -au root -ap ${SECRET}`,
    `nsupdate -y hmac-sha256:name:${SECRET}`,
    `smbclient //files/x -U 'me%${SECRET}'`,
    `https -a root:${SECRET} chat.example`,
    `https://api.telegram.org/bot123:${SECRET}/sendMessage`,
    `swaks --auth-user root --auth-password ${SECRET}`,
    `key rndc { algorithm hmac-sha256; secret "${SECRET}"; };`,
    `key rndc { algorithm hmac-sha256; secret ${SECRET}; };`,
    `Authorization: Bearer ${SECRET}`,
    `authorization: basic ${SECRET}`,
    `url = "https://hooks.example/T0/${SECRET}"`,
    `posting to https://root:${SECRET}@mail.example/x failed`,
    `GET https://hooks.example/?key=${SECRET} 403`,
    // Headers of any scheme, and names of services.
    `curl -H "Authorization: GenieKey ${SECRET}"`,
    `curl -H 'Authorization: Token ${SECRET} more'`,
    `command = ["curl", "-H", "Authorization: ApiKey ${SECRET}"]`,
    `Authorization: Splunk ${SECRET}`,
    `proxy-authorization: NTLM ${SECRET}`,
    `Authorization: ${SECRET}`,
    `{"Authorization":"Custom ${SECRET}"}`,
    `{"Authorization": ["Custom ${SECRET}"]}`,
    `Authorization: OAuth realm="x", oauth_signature="${SECRET}"`,
    `curl -H "X-Auth-Key: ${SECRET}"`,
    `curl -H "X-Auth: ${SECRET}"`,
    `-H "DD-APPLICATION-KEY: ${SECRET}"`,
    `PRIVATE-TOKEN: a,${SECRET}`,
    // A token as the user or as the password alone.
    `curl -u ${SECRET}: https://api.example/`,
    `command = ["curl", "-u", "${SECRET}:"]`,
    `curl -u :${SECRET} https://api.example/`,
    `curl --user :${SECRET}`,
    `curl --user=:${SECRET}`,
    // Webhooks.
    `command = ["curl", "https://hooks.slack.com/services/T0/B0/${SECRET}"]`,
    `https://discord.com/api/webhooks/123/${SECRET}`,
    `SLACK_WEBHOOK=https://chat.example/${SECRET}`,
    `tell --webhook-url https://chat.example/a/${SECRET}`,
    // Assignments.
    `smtp_pass=${SECRET}`,
    `smtp_pass: ${SECRET}`,
    `db_pwd=${SECRET}`,
    `DB_PW=${SECRET}`,
    `SMTP_PASS="${SECRET} more"`,
    `DB_AUTH="${SECRET} more"`,
    `{"pass":"${SECRET}"}`,
    `{"smtpPass": "${SECRET}"}`,
    `routing_key=${SECRET}`,
    `{"routing_key": "${SECRET}"}`,
    `aws_secret_access_key = ${SECRET}`,
    `command = ["tell", "{\\"token\\": \\"${SECRET}\\"}"]`,
    // keepalived 2.4.
    `auth_hmac { key 1 "${SECRET}" }`,
    `      key 12 ${SECRET}`,
    `+     key 12 "a ${SECRET}"`,
    `vrrp_instance = ["auth_hmac {", "key 1 \\"${SECRET}\\"", "}"]`,
    `vrrp_instance = ["auth_pass \\"${SECRET}\\""]`,
    // Programs.
    `lftp -u user,${SECRET} ftp.example`,
    `command = ["lftp", "-u", "user,${SECRET}"]`,
    `docker login -u u -p ${SECRET}`,
    `command = ["podman", "login", "-p", "${SECRET}"]`,
    `mongosh -p ${SECRET}`,
    `smbclient --user=u%${SECRET}`,
    `sendxmpp -p ${SECRET}`,
    `zip -P ${SECRET} a.zip b`,
    `command = ["/usr/local/bin/mail", "-xp", "${SECRET}"]`,
    `-----BEGIN EC PRIVATE KEY-----\n${SECRET}\n-----END EC PRIVATE KEY-----`,
    `-----BEGIN PRIVATE KEY-----\n${SECRET}\n`,
  ])('%s', (text) => {
    const redacted = redact(`before\n${text}\nafter`)
    expect(redacted).not.toContain('hunter2')
    expect(redacted).toContain(REMOVED)
    expect(redacted).toStartWith('before\n')
  })

  test.each([
    'password_file = "/etc/holdfast/smtp.password"',
    'auth_pass_file = "/etc/keepalived/secret"',
    'the secret file is empty',
    'a token is 8 characters',
    'Documentation=https://www.keepalived.org/manpage.html',
    'http://192.0.2.1/',
    'HMAC key 1 of 2',
    'journalctl -u holdfast --since 10:00',
    'named -u bind -p 53',
    'all checks pass, one by one',
    'tell --user root --host 192.0.2.1:25',
    'udp -u 192.0.2.1',
    'mysql -p 3306 -h db',
    'ssh -p 22 ns1 && cp -p a b',
    'dig -p 53 @192.0.2.53',
    'ipmitool -p 623 -U admin',
    'tar -c -f x -X exclude && iptables -P INPUT DROP',
    'curl --key /etc/ssl/client.pem',
    'journalctl -fu holdfast --since 10:00',
    'tls_key = "/etc/ssl/ns1.key"',
    '{"tls_key": "/etc/ssl/ns1.key"}',
    '12 pass: all, and fail: none',
    'docker run -p 53:53 dns',
    'see "https://www.isc.org/bind/"',
    '{"authorization": {"kind": 1}}',
  ])('%s: is none', (text) => {
    expect(redact(text)).toBe(text)
  })

  test('in lines that were made to take long, too', () => {
    const endless = [
      'a-',
      'A',
      'x://',
      '--token',
      '://a',
      'http://a',
      'secret ',
      '"token":',
      '[',
      'token: [',
      'mysql -p ',
      ' -p',
      'openssl ',
      ' -u a',
      ' -u a,',
      'Authorization: a ',
      'Authorization: a b=',
      '"pass":"',
      '\\"pass\\":\\"',
      'KEY="',
      '{ key 1 ',
      'hook ',
      'http://hook',
      '\\',
    ]
    for (const part of endless) {
      const text = part.repeat(200_000)
      expect(redact(`${text}\npassword=${SECRET}`)).not.toContain(SECRET)
    }
  })

  test.each([
    'curl -H "Cookie: a" -H "Authorization: b c" -H "X-Auth: d"',
    '+ key 1 "a"',
    '-u "a:" -u ":b" https://hooks.example/c/d',
  ])('JSON stays JSON with a string that holds %s', (text) => {
    expect(Object.keys(JSON.parse(redact(JSON.stringify({ text }))))).toEqual(['text'])
  })

  test('JSON stays JSON', () => {
    const value = { a: { auth_data: 'x"y\\', token: 'abc', secret: ['q'] }, n: 'auth_pass zzz' }
    for (const indent of [0, 2]) {
      const redacted = JSON.parse(redact(JSON.stringify(value, null, indent)))
      expect(redacted).toEqual({
        a: { auth_data: REMOVED, token: REMOVED, secret: REMOVED },
        n: `auth_pass ${REMOVED}`,
      })
    }
  })
})

describe('a known secret is removed wherever it stands', () => {
  const redact = createRedactor(['p"ss wörd/1', 'p"ss'])
  test.each([
    'said p"ss wörd/1 to everybody',
    JSON.stringify({ text: 'p"ss wörd/1' }),
    `https://mail.example/${encodeURIComponent('p"ss wörd/1')}`,
    `Basic ${Buffer.from('p"ss wörd/1').toString('base64')}`,
    Buffer.from('p"ss wörd/1').toString('hex'),
  ])('%s', (text) => {
    const redacted = redact(text)
    expect(redacted).toContain(REMOVED)
    expect(redacted).not.toMatch(/rd\/1|rd%2F1|p"ss|7377|cCJzcy/)
  })

  test('whatever is around it', () => {
    const secret = fc
      .string({ minLength: 4, maxLength: 12 })
      .filter((text) => !REMOVED.includes(text))
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
        const redacted = createRedactor([value])(`${before}${value}${after}`)
        const isOfTheMark = redacted.replaceAll(REMOVED, '\n').includes(value)
        expect(isOfTheMark).toBe(false)
      }),
    )
  })
})

describe('secrets are found', () => {
  test('in the files that a configuration names, even in one with errors', () => {
    const toml = `[x\nauth_pass_file = "/a b"\npassword_file='/c'\n  token_file = "/d" # e\n`
    expect(secretFilesIn(toml)).toEqual(['/a b', '/c', '/d'])
  })

  test('in keepalived.conf, as it is and as keepalived cuts it', () => {
    expect(passwordsIn('auth_pass longerthan8\n auth_pass "two words"\n')).toEqual([
      ...['longerthan8', 'longerth'],
      ...['two words', 'two word'],
    ])
  })

  test('in keepalived.conf from 2.4 on', () => {
    const conf = 'key 1 other\nauth_hmac {\n  key 1 "a b"\n  key 2 cdefghijkl # e\n}\nkey 3 other'
    expect(passwordsIn(conf)).toEqual(['a b', 'cdefghijkl'])
    const toml = 'vrrp_instance = ["auth_hmac {", "key 1 \\"abcd\\"", "key 2 efgh", "}"]'
    expect(passwordsIn(toml)).toEqual(['abcd', 'efgh'])
  })

  test('in key blocks of named', () => {
    expect(keysIn('key a { secret "abc=="; }; key b { secret def; };')).toEqual(['abc==', 'def'])
  })

  test('in the arguments of a program', () => {
    const toml = 'command = ["tell", "--token", "abc", "-smtp-password=d e", "--json", "x"]'
    expect(argumentSecrets(toml)).toEqual(['abc', 'd e'])
    const curl = 'command = ["curl", "-u", "root:a:b", "--pass", "c", "--proxy-user=x:d"]'
    expect(argumentSecrets(curl)).toEqual(['c', 'a:b', 'd'])
    const tokens = 'command = ["curl", "-u", "a:", "-sSu", ":b", "--user=c:", "-u", "holdfast"]'
    expect(argumentSecrets(tokens)).toEqual(['b', 'a', 'c'])
    const headers = '["-H", "Authorization: GenieKey a", "-H", "Authorization: b", "X-Auth-Key: c"]'
    expect(argumentSecrets(headers)).toEqual(['a', 'b', 'c'])
  })

  test('in the URL of a webhook', () => {
    const toml = 'url = "https://me:passw0rd@hooks.example/services/T0123/Abcdefgh?x=1jklmnop"'
    expect(urlSecrets(toml)).toEqual(['me', 'passw0rd', 'Abcdefgh', '1jklmnop'])
    const command = `command = ["curl", 'https://chat.example/services/Abcdefgh1', "-s"] # a b`
    expect(urlSecrets(command)).toEqual(['Abcdefgh1'])
    expect(urlSecrets('get = "http://192.0.2.1:8053/holdfast/status.json"')).toEqual([])
  })
})

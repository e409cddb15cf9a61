// A named that serves its own host alone: told by its configuration, as a client feels it, and mended by what is told.
import { expect } from 'bun:test'
import type { Lab } from '../lab.ts'
import { CLIENT } from '../layout.ts'
import { UPSTREAM_ZONE, WHOAMI } from '../resolver.ts'
import type { LabServer } from '../server.ts'
import { until, ward } from './broken.ts'
import { diagnose, resultOf } from './diagnose.ts'
import { confWithViews, type Edit, edit, NAMED_CONF } from './named.ts'

const patient = ward()

/** What a client of the lab gets for a local name and for one of the world: response codes, or "no answer". */
async function answersTo(lab: Lab): Promise<readonly string[]> {
  const questions = [`${WHOAMI} TXT`, `www.${UPSTREAM_ZONE} A`]
  return Promise.all(
    questions.map(async (question) => {
      const command = ['dig', '@192.0.2.53', '+tries=1', '+time=2', ...question.split(' ')]
      const { stdout } = await lab.client.node.exec(command)
      return /status: (\w+)/.exec(stdout)?.[1] ?? 'no answer'
    }),
  )
}

/** Types what H421 says: each line in the place of the one that it names. */
async function typeRemedy(server: LabServer): Promise<void> {
  const { outcome } = resultOf(await diagnose(server, '--only', 'H421'), 'H421')
  const remedy = outcome.kind === 'fail' ? outcome.remedy : []
  expect(remedy.at(-1)).toBe('rndc reconfig')
  for (const line of remedy.slice(0, -1)) {
    const [, text = '', path, number] =
      /^# Write (.*?;)(?: and .*,)? in place of (.*):(\d+)$/.exec(line) ?? []
    expect(path).toBe(NAMED_CONF)
    const lines = server.node.read(NAMED_CONF).split('\n')
    const at = Number(number) - 1
    const [keyword = ''] = text.split(' ')
    lines[at] = lines[at]?.replace(new RegExp(`${keyword} \\{[^}]*\\};`), text) ?? ''
    server.node.write(NAMED_CONF, lines.join('\n'))
  }
  await server.node.run(['rndc', 'reconfig'])
}

function shutOut(name: string, change: Edit, felt: readonly string[], says: readonly string[]) {
  patient.breaks({
    name: `H421: ${name}`,
    async break(s1, lab) {
      await change.make(s1)
      await until(async () => (await answersTo(lab)).join() === felt.join())
    },
    async mend(s1, lab) {
      await typeRemedy(s1)
      expect(await answersTo(lab)).toEqual(['NOERROR', 'NOERROR'])
      expect((await diagnose(s1, '--only', 'bind')).codes).toEqual([])
      await change.takeBack(s1)
    },
    says: [...says, 'at 192.0.2.53, 2001:db8::53'],
  })
}

const line = (before: string, after: string) => edit((text) => text.replace(before, after))

shutOut(
  'allow-query that has nobody but the host',
  line('allow-query { any; };', 'allow-query { localhost; };'),
  ['REFUSED', 'NOERROR'],
  [`${NAMED_CONF}:4: allow-query { localhost; }, in options`],
)

shutOut(
  'allow-recursion that has nobody but the host, by way of a list',
  edit(
    (text) =>
      `acl mine { 127.0.0.0/8; ::1; localhost; };\n${text.replace('allow-recursion { any; };', 'allow-recursion { mine; };')}`,
  ),
  ['NOERROR', 'REFUSED'],
  [`${NAMED_CONF}:6: allow-recursion { mine; }, in options`],
)

shutOut(
  'a black hole for everybody else',
  line('recursion yes;', 'recursion yes;\n  blackhole { !localhost; any; };'),
  ['no answer', 'no answer'],
  [`${NAMED_CONF}:4: blackhole { !localhost; any; }, in options`],
)

shutOut(
  'a view for the host, and none for its clients',
  edit(() =>
    confWithViews([
      {
        name: 'inside',
        lines: 'match-clients { localhost; };\n  include "/etc/bind/named.conf.default-zones";',
      },
    ]),
  ),
  ['REFUSED', 'REFUSED'],
  ['match-clients { localhost; }, in view \\"inside\\"'],
)

const one = edit((text) =>
  text.replace('allow-query { any; };', `allow-query { localhost; ${CLIENT.v4}; ${CLIENT.v6}; };`),
)
patient.breaks({
  name: 'H408: a list with one client, and without the host, is not H421’s',
  async break(s1, lab) {
    await one.make(s1)
    expect(await answersTo(lab)).toEqual(['NOERROR', 'NOERROR'])
    expect((await diagnose(s1, '--only', 'H421')).codes).toEqual([])
    s1.node.write(NAMED_CONF, s1.node.read(NAMED_CONF).replace('{ localhost; 192', '{ 192'))
    await s1.node.run(['rndc', 'reconfig'])
  },
  mend: one.takeBack,
  says: ['with RCODE REFUSED'],
})

// What the tests of the doctor's BIND checks do to a server's named.
import { UPSTREAM } from '../layout.ts'
import { BIND_OPTIONS } from '../resolver.ts'
import type { LabServer } from '../server.ts'

export const NAMED_CONF = '/etc/bind/named.conf'
const BIND_ZONE = '/etc/bind/holdfast.zone'

/** A change of named.conf that can be taken back. */
export interface Edit {
  /** Writes the file anew and has named read it. */
  make(server: LabServer): Promise<void>
  takeBack(server: LabServer): Promise<void>
}

export function edit(change: (text: string) => string): Edit {
  let before = ''
  return {
    async make(server) {
      before = server.node.read(NAMED_CONF)
      const after = change(before)
      if (after === before) throw new Error('named.conf is not what this test takes it for')
      server.node.write(NAMED_CONF, after)
      await server.node.run(['rndc', 'reconfig'])
      await server.node.run(['rndc', 'flush'])
    },
    async takeBack(server) {
      server.node.write(NAMED_CONF, before)
      await server.node.run(['rndc', 'reconfig'])
      await server.node.run(['rndc', 'flush'])
    },
  }
}

/** The lab's named.conf, its zones in views. */
export function confWithViews(views: readonly { name: string; lines: string }[]): string {
  const blocks = views.map(
    ({ name, lines }) => `view "${name}" {
  ${lines}
  include "${BIND_ZONE}";
  zone "whoami.lab" { type primary; file "whoami.zone"; };
};
`,
  )
  return `${optionsWith(`include "${BIND_OPTIONS}";`)}${blocks.join('')}`
}

/** A named.conf as somebody wrote it who does not include what render-config makes. */
export function confByHand(lines: string): string {
  return `${optionsWith(lines)}include "/etc/bind/named.conf.default-zones";\n`
}

function optionsWith(lines: string): string {
  return `options {
  directory "/var/cache/bind";
  recursion yes;
  allow-query { any; };
  allow-recursion { any; };
  forward only;
  forwarders { ${UPSTREAM.v4}; };
  dnssec-validation no;
  session-keyfile none;
  ${lines}
};
`
}

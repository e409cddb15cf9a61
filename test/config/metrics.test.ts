// [metrics]: where to write and to listen, and what of that is refused.
import { describe, expect, test } from 'bun:test'
import { parseConfig } from '../../src/config/parse.ts'
import { CONTEXT, configOf } from './parsing.ts'

const CLUSTER = '[clusters.p.instances.i]\naddresses = ["192.0.2.53"]\n'

const metrics = (toml: string) => configOf(`${CLUSTER}${toml}`).metrics

function complaints(toml: string): string[] {
  const parsed = parseConfig(`${CLUSTER}${toml}`, CONTEXT)
  return parsed.ok
    ? []
    : parsed.diagnostics.map(
        (diagnostic) => `${diagnostic.code} ${diagnostic.text}; ${diagnostic.hint}`,
      )
}

describe('[metrics]', () => {
  test('writes a file in the run folder and listens nowhere, unless told otherwise', () => {
    expect(metrics('')).toEqual({
      textfile: '/run/holdfast/holdfast.prom',
      intervalMs: 15_000,
      listen: null,
    })
    expect(metrics('[paths]\nrun_dir = "/run/x"\n').textfile).toBe('/run/x/holdfast.prom')
    expect(metrics('[metrics]\ntextfile = "off"\nlisten = "off"\n')).toMatchObject({
      textfile: null,
      listen: null,
    })
  })

  test.each([
    ['127.0.0.1:10853', '127.0.0.1', 10853],
    ['127.8.9.10:65535', '127.8.9.10', 65_535],
    ['[::1]:1', '::1', 1],
    ['[0:0:0:0:0:0:0:1]:80', '::1', 80],
  ])('listens at %s', (text, address, port) => {
    expect(metrics(`[metrics]\nlisten = "${text}"\n`).listen).toEqual({ address, port })
  })

  test.each([
    ['0.0.0.0:10853', /can be reached from other hosts; write "127\.0\.0\.1:10853"/],
    ['192.0.2.1:10853', /can be reached from other hosts/],
    ['[::]:10853', /can be reached from other hosts/],
    ['[::ffff:127.0.0.1]:10853', /can be reached from other hosts/],
    ['[fe80::1%lo]:10853', /can be reached from other hosts/],
    ['127.0.0.1:0', /0 is not a port; write a port from 1 to 65535/],
    ['127.0.0.1:65536', /65536 is not a port/],
    ['127.0.0.1:123456', /is not an address and a port/],
    ['127.0.0.1', /is not an address and a port/],
    [':10853', /is not an address and a port/],
    ['10853', /is not an address and a port/],
    ['::1:10853', /is not an address and a port/],
    ['[127.0.0.1]:10853', /is not an address and a port/],
    ['localhost:10853', /write "127\.0\.0\.1:10853" or "\[::1\]:10853", or "off"/],
    ['', /is not an address and a port/],
  ])('does not listen at "%s"', (text, why) => {
    const [complaint, ...others] = complaints(`[metrics]\nlisten = "${text}"\n`)
    expect(complaint).toMatch(/^E_LISTEN /)
    expect(complaint).toMatch(why)
    expect(others).toEqual([])
  })

  test('a textfile must be one that node_exporter reads, and not among the priorities', () => {
    expect(complaints('[metrics]\ntextfile = "metrics"\n')[0]).toMatch(/^E_PATH .*absolute/)
    expect(complaints('[metrics]\ntextfile = "/run/x.txt"\n')).toEqual([
      'E_PATH the name of "/run/x.txt" does not end with ".prom"; write "/run/x.txt.prom": node_exporter reads no other files',
    ])
    const inside = '[paths]\nrun_dir = "/run/x"\n[metrics]\ntextfile = "/run/x/priority/a.prom"\n'
    expect(complaints(inside)[0]).toMatch(/is in the folder of the priorities; write "\/run\/x\//)
  })
})

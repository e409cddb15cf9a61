// The secret: what fits into VRRPv2's eight octets and means nothing else to keepalived.
import { describe, expect, test } from 'bun:test'
import { parseSecret } from '../../src/config/vrrp-config.ts'

describe('a secret', () => {
  test.each(['a', 'x8+sEcrT', '%^&*()-='])('%s', (secret) => {
    expect(parseSecret(`\n  ${secret}\r\n\n`)).toEqual({ ok: true, value: secret })
  })

  test.each([
    ['', 'empty'],
    ['ninechars', '9 characters'],
    ['two\nlines', 'more than one line'],
    ['a b', 'gives a meaning to'],
    ['a#b', 'gives a meaning to'],
    ['a!b', 'gives a meaning to'],
    ['$a', 'gives a meaning to'],
    ['"a"', 'gives a meaning to'],
    ['a}', 'gives a meaning to'],
    ['ä', 'gives a meaning to'],
  ])('%j is refused, and not repeated', (text, why) => {
    const reading = parseSecret(text)
    if (reading.ok) throw new Error('it was taken')
    expect(reading.complaint.text).toContain(why)
    const said = `${reading.complaint.text} ${reading.complaint.hint}`
    if (text.length > 2) expect(said).not.toContain(text)
  })
})

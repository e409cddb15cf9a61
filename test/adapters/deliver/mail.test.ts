// A message as a mail: its encoding, and headers that are folded.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { mailText } from '../../../src/adapters/deliver/mail.ts'
import { type ComposedMessage, composeMessage } from '../../../src/notify/compose-message.ts'
import { CONTEXT, headersOf, item, LETTER } from '../../notify/mailbox.ts'
import { madeEvent, SNAPSHOT } from '../../notify/notify-fixtures.ts'

/** What RFC 2045 section 6.7 makes of quoted-printable. */
function unquoted(body: string): string {
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

describe('mail', () => {
  const message: ComposedMessage = composeMessage(
    [
      item(
        madeEvent(1000, 'FAULT', { snapshot: { ...SNAPSHOT, reasons: ['größer = besser '] } }),
        'fault',
      ),
    ],
    CONTEXT,
  )

  test('that is not ASCII is quoted-printable, and comes out again as it was', () => {
    const mail = mailText(message, LETTER)
    expect(mail).toContain('Content-Transfer-Encoding: quoted-printable')
    expect(mail).toContain('gr=C3=B6=C3=9Fer =3D besser')
    const body = mail.slice(mail.indexOf('\n\n') + 2)
    expect(body.split('\n').every((line) => line.length <= 76)).toBe(true)
    expect(unquoted(body)).toBe(message.body)
  })

  test('comes out again as it was, whatever is printed in it', () => {
    const line = fc.string({ unit: fc.constantFrom(' ', '=', '.', 'a', 'ü', '漢', '😀', 'From ') })
    const lines = fc.array(line.map((text) => text.repeat(9)))
    fc.assert(
      fc.property(lines, (all) => {
        const written = `größer\n${all.join('\n')}`
        const mail = mailText({ ...message, body: written }, LETTER)
        const body = mail.slice(mail.indexOf('\n\n') + 2)
        expect(body).toMatch(/^([\x20-\x7e]{0,76}\n)*[\x20-\x7e]{0,76}$/)
        expect(body).not.toMatch(/ $/m)
        expect(unquoted(body)).toBe(written)
      }),
    )
  })

  test('folds a long list of recipients', () => {
    const to = Array.from({ length: 40 }, (_, at) => `operator${at}@example.net`)
    const mail = mailText(message, { ...LETTER, to })
    const [head = ''] = mail.split('\n\n', 1)
    expect(head.split('\n').every((line) => line.length <= 78)).toBe(true)
    expect(headersOf(mail)[1]).toBe(`To: ${to.join(', ')}`)
  })
})

// A message as a mail: its encoding, and headers that are folded.
import { describe, expect, test } from 'bun:test'
import { mailText } from '../../src/notify/mail.ts'
import { composeMessage, type Message } from '../../src/notify/message.ts'
import { madeEvent, SIGHT } from './made-up.ts'
import { CONTEXT, headersOf, item, LETTER } from './mailbox.ts'

describe('mail', () => {
  const message: Message = composeMessage(
    [
      item(
        madeEvent(1000, 'FAULT', { sight: { ...SIGHT, reasons: ['größer = besser '] } }),
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
    const bytes = body
      .replace(/=\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    expect(Buffer.from(bytes, 'latin1').toString('utf8')).toBe(message.body)
  })

  test('folds a long list of recipients', () => {
    const to = Array.from({ length: 40 }, (_, at) => `operator${at}@example.net`)
    const mail = mailText(message, { ...LETTER, to })
    const [head = ''] = mail.split('\n\n', 1)
    expect(head.split('\n').every((line) => line.length <= 78)).toBe(true)
    expect(headersOf(mail)[1]).toBe(`To: ${to.join(', ')}`)
  })
})

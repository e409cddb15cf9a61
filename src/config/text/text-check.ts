// What a text must be before anybody parses it: of bearable size, UTF-8, and text.
import type { Complaint } from './complaint.ts'
import type { Diagnostic } from './diagnostic.ts'
import { diagnosticAt, type Source } from './source-text.ts'

// Tab, line feed and carriage return are the only control characters that text files hold.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/**
 * The one error of a text that is not worth parsing, or null.
 *
 * @param maxBytes compared with UTF-16 units, of which a text never has more than bytes of UTF-8
 */
export function refuseText(source: Source, maxBytes: number): Diagnostic | null {
  if (source.text.length > maxBytes) {
    const text = `the file is larger than ${maxBytes / 1024} KiB`
    const hint = 'this is probably not the file you meant'
    const span = { start: 0, end: 0 }
    return diagnosticAt(source, { span, complaint: { code: 'E_TOO_LARGE', text, hint } })
  }
  const control = source.text.search(CONTROL)
  if (control !== -1) return at(source, control, describeControl(source.text.charCodeAt(control)))
  // A decoder puts U+FFFD where the bytes were not UTF-8.
  const broken = source.text.indexOf('\ufffd')
  return broken === -1 ? null : at(source, broken, NOT_UTF8)
}

const NOT_UTF8: Complaint = {
  code: 'E_ENCODING',
  text: 'the file is not valid UTF-8 here',
  hint: 'save it as UTF-8',
}

function describeControl(charCode: number): Complaint {
  const name = charCode === 0 ? 'a NUL byte' : `the control character 0x${hex(charCode)}`
  return {
    code: 'E_BINARY',
    text: `${name} stands here: this is not a text file`,
    hint: 'write the file anew, as plain text',
  }
}

function hex(charCode: number): string {
  return charCode.toString(16).padStart(2, '0')
}

function at(source: Source, offset: number, complaint: Complaint): Diagnostic {
  return diagnosticAt(source, { span: { start: offset, end: offset + 1 }, complaint })
}

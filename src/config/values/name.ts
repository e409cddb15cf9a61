// Names of servers, pools, instances and groups: they become file names and words in log lines.
import { bad, good, quoted, type Reading } from '../text/complaint.ts'

const MAX_NAME_LENGTH = 64
const RULE = 'use letters, digits, ".", "-" and "_"'

/** A name of letters, digits, `.`, `-` and `_` that does not begin with a dot. */
export function readName(text: string): Reading<string> {
  if (text === '') return bad('E_NAME', 'a name is empty', RULE)
  if (text.length > MAX_NAME_LENGTH) {
    const complaint = `the name ${quoted(text)} is longer than ${MAX_NAME_LENGTH} characters`
    return bad('E_NAME', complaint, 'choose a shorter one')
  }
  if (text.startsWith('.')) {
    return bad('E_NAME', `the name ${quoted(text)} begins with a dot`, suggestName(text))
  }
  if (!/^[A-Za-z0-9._-]+$/.test(text)) {
    const hint = suggestName(text)
    return bad(
      'E_NAME',
      `the name ${quoted(text)} has characters that a file name should not`,
      hint,
    )
  }
  return good(text)
}

function suggestName(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|-+$/g, '')
  return safe === '' ? RULE : `${RULE}: "${safe}"`
}

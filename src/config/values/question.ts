// Questions as people write them: "NAME TYPE" or "NAME TYPE CLASS".
import {
  RCODE_MNEMONICS,
  rcodeName,
  rcodeNumber,
  TYPE_MNEMONICS,
  typeName,
  typeNumber,
} from '../../dns/mnemonic.ts'
import { isRandom, type Question, RANDOM, RANDOM_CHARACTERS } from '../../dns/probe.ts'
import { bad, good, quoted, type Reading } from '../text/complaint.ts'
import { didYouMean } from '../text/suggest.ts'

/**
 * Types of queries about queries, transfers and signatures (RFC 6895 section 3.1): no record has
 * them, so there is nothing to expect.
 */
const META_NAMES = ['AXFR', 'IXFR', 'MAILA', 'MAILB', 'TKEY', 'TSIG']
const FIRST_META_NUMBER = 128
const LAST_META_NUMBER = 255
const OPT_NUMBER = 41

/** Reads the question of a probe, whose name may be another one each time: "x-{random}.example.com A". */
export function readProbeQuestion(text: string): Reading<Question> {
  const question = readQuestion(text, readRandomName)
  if (!question.ok || question.value.class === 'IN' || !isRandom(question.value)) return question
  const { name } = question.value
  const hint = `write ${quoted(`${name} ${question.value.type}`)}`
  return bad('E_RANDOM', 'in class CH the server answers by itself, whatever the name', hint)
}

/** Reads "www.example.com A" or "version.bind TXT CH"; the class is IN unless it is given. */
export function readQuestion(text: string, readName = readDomainName): Reading<Question> {
  const words = text.split(/[ \t]+/).filter((word) => word !== '')
  const [nameText, typeText, classText = 'IN'] = words
  if (nameText === undefined || typeText === undefined || words.length > 3) {
    const example = words.length === 1 ? `${nameText} A` : 'www.example.com A'
    const hint = `write a name and a record type: ${quoted(example)}`
    return bad('E_QUESTION', `${quoted(text)} is not a question`, hint)
  }
  const swapped = hintForSwappedWords(words)
  if (swapped !== null) return bad('E_QUESTION', `${quoted(text)} is in the wrong order`, swapped)
  const name = readName(nameText)
  if (!name.ok) return name
  const type = readRecordType(typeText)
  if (!type.ok) return type
  const upperClass = classText.toUpperCase()
  if (upperClass !== 'IN' && upperClass !== 'CH') {
    return bad(
      'E_CLASS',
      `${quoted(classText)} is not a class that can be probed`,
      'write IN or CH',
    )
  }
  return good({ name: name.value, type: type.value, class: upperClass })
}

const RANDOM_EXAMPLE = quoted(`holdfast-${RANDOM}.com`)

/** Reads a domain name that may hold `RANDOM`, once and in its first label, below some domain. */
function readRandomName(text: string): Reading<string> {
  const name = text.toLowerCase()
  if (!/[{}]/.test(name)) return readDomainName(text)
  const fail = (why: string, hint: string) => bad('E_RANDOM', `${quoted(text)} ${why}`, hint)
  if (/[{}]/.test(name.replace(RANDOM, ''))) {
    return fail(`has more in braces than one ${RANDOM}`, `write a name such as ${RANDOM_EXAMPLE}`)
  }
  const [first = '', ...parents] = name.split('.')
  if (!first.includes(RANDOM)) {
    return fail(`has ${RANDOM} in another than its first label`, `write it as in ${RANDOM_EXAMPLE}`)
  }
  if (parents.join('') === '') {
    return fail(
      'asks for top-level domains, which a cache that validates knows to be none (RFC 8198)',
      `write a name below a domain, such as ${RANDOM_EXAMPLE}`,
    )
  }
  const whole = readDomainName(text, name.replace(RANDOM, '0'.repeat(RANDOM_CHARACTERS)))
  return whole.ok ? good(name.replace(/\.$/, '')) : whole
}

/**
 * Reads a domain name to lower case without its final dot; RFC 1035 section 2.3.4 has the limits.
 *
 * @param asked the name as it is asked, where that is another one
 */
export function readDomainName(text: string, asked = text): Reading<string> {
  if (asked === '.') return good('.')
  const name = asked.endsWith('.') ? asked.slice(0, -1) : asked
  const fail = (why: string, hint = 'write a name such as "www.example.com"') =>
    bad('E_DOMAIN_NAME', `${quoted(text)} is not a domain name: ${why}`, hint)
  if (!/^[!-~]*$/.test(name)) {
    return fail('it has characters beyond ASCII', 'write the form that begins with "xn--"')
  }
  if (/["\\()@;$]/.test(name)) return fail('it has a character that would have to be escaped')
  if (/[{}]/.test(name)) return fail('it has a brace')
  const labels = name.split('.')
  if (labels.includes('')) return fail('a label is empty', 'remove the dot too many')
  const long = labels.find((label) => label.length > 63)
  if (long !== undefined) return fail(`a label has ${long.length} characters, 63 is the most`)
  // On the wire a name is its labels with one length byte each, and a final zero: 255 at most.
  if (name.length + 2 > 255) return fail(`it has ${name.length} characters, 253 is the most`)
  return good(name.toLowerCase())
}

/** Reads a record type by mnemonic, or as TYPE65 (RFC 3597); the result is its one name. */
export function readRecordType(text: string): Reading<string> {
  const upper = text.toUpperCase()
  const number = typeNumber(upper)
  if (META_NAMES.includes(upper) || (number !== null && isMeta(number))) {
    const hint = 'ask for a type of record, such as A or SOA'
    return bad('E_RECORD_TYPE', `${quoted(text)} cannot be probed: no record has that type`, hint)
  }
  if (number !== null && number > 0) return good(typeName(number))
  const hint = didYouMean(upper, TYPE_MNEMONICS, 'write a type such as A, AAAA or TYPE65')
  return bad('E_RECORD_TYPE', `${quoted(text)} is not a record type`, hint)
}

function isMeta(number: number): boolean {
  return (number >= FIRST_META_NUMBER && number <= LAST_META_NUMBER) || number === OPT_NUMBER
}

/** Reads a response code by its mnemonic, or as RCODE12. */
export function readRcode(text: string): Reading<string> {
  const number = rcodeNumber(text.toUpperCase())
  if (number !== null) return good(rcodeName(number))
  const hint = didYouMean(text, RCODE_MNEMONICS, 'write a code such as NOERROR or NXDOMAIN')
  return bad('E_RCODE', `${quoted(text)} is not a response code`, hint)
}

/** `A www.example.com` and `version.bind CH TXT` are questions with their words in another order. */
function hintForSwappedWords(words: readonly string[]): string | null {
  const isType = (word: string | undefined) =>
    word !== undefined && TYPE_MNEMONICS.includes(word.toUpperCase())
  const isClass = (word: string | undefined) => /^(IN|CH|HS)$/i.test(word ?? '')
  const [first = '', second = '', third] = words
  if (isClass(second) && isType(third)) return `write ${quoted(`${first} ${third} ${second}`)}`
  if (third === undefined && isType(first) && !isType(second) && second.includes('.')) {
    return `write ${quoted(`${second} ${first}`)}`
  }
  return null
}

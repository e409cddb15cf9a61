// The words that no page, help or message may have, each with its reason. A short list: what is always wrong here.
// What is sometimes right is left to the reader of a change, who has the style guide in CONTRIBUTING.md.

export interface Avoided {
  readonly pattern: RegExp
  readonly because: string
  readonly write: string
}

const OLD_TERM = 'an old term of ours; one thing has one name'

export const AVOIDED: readonly Avoided[] = [
  // Translations, and words that only books have.
  avoid(/stands? (in|there|by|on)/, 'a thing is somewhere, it does not stand there', 'is in, see'),
  avoid(/anew/, 'archaic', 'again'),
  avoid(/mend(s|ed|ing)?/, 'archaic', 'fix'),
  avoid(/(lay|lays|laid) (it )?down/, 'archaic', 'install, write'),
  avoid(/for want of/, 'bookish', 'because there is no'),
  avoid(/all the same(?! )/, 'bookish', 'anyway, still'),
  avoid(/notwithstanding/, 'bookish', 'although'),
  avoid(/out of breath/, 'medical', 'overloaded'),
  // Programs are no persons.
  avoid(/(is|are|was|were|be|been|being) told/, 'programs are not told', 'is notified, receives'),
  avoid(/hears?|heard/, 'programs do not hear', 'receives'),
  avoid(/servers? (is|are) worth/, 'undefined', 'state, priority, weight'),
  // What was renamed.
  avoid(/standing addresses/, OLD_TERM, 'loopback service addresses'),
  avoid(/sweep(s|ing)?/, OLD_TERM, 'check cycle'),
  // Metrics have a label of this name.
  avoid(/verdicts?(?!=)/, OLD_TERM, 'health'),
  avoid(/relapses?/, OLD_TERM, 'repeat failure'),
  avoid(/patience/, OLD_TERM, 'holder tolerance'),
  avoid(/hold-down/, OLD_TERM, 'backoff hold'),
  avoid(/dead-man/, OLD_TERM, 'dead man’s switch'),
  avoid(
    /last choice/,
    'two meanings',
    'last resort (drained), fail-open (all real servers failed)',
  ),
  avoid(/in force/, 'bookish', 'active'),
  avoid(/(lifts?|lifted|lifting) (an?|the) order/, 'an order is one of servers', 'end a drain'),
]

function avoid(words: RegExp, because: string, write: string): Avoided {
  return { pattern: new RegExp(`(?<![\\w-])(?:${words.source})(?![\\w-])`, 'i'), because, write }
}

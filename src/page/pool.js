// A load balancer's real servers: state and weight of each, since when, and why.
import { at, create, duration, each, put, row } from './dom.js'
import { overrideText, reasonText, stateWord, TONES } from './words.js'

export function drawBackends({ backends = [], written_at: writtenAt }) {
  const isBalancer = backends.length > 0
  at('backends-section').hidden = !isBalancer
  // What a balancer asks itself is whether the service of an address has enough real servers.
  put(at('targets-title'), isBalancer ? 'Virtual addresses' : 'Endpoints')
  each(
    at('backends'),
    backends,
    ({ backend }) => backend,
    backendRow,
    (part, it) => {
      const word = stateWord(it.standing)
      put(part.pill, word, `pill ${TONES[word] ?? ''}`)
      const share = it.weight === null ? 0 : it.weight / it.configured_weight
      part.rest.style.width = `${Math.round(Math.min(1, share) * 100)}%`
      put(part.rest, '', `rest ${share >= 1 ? 'whole' : ''}`)
      put(part.weight, weightText(it), share > 0 ? '' : 'faint')
      const allAnswer = it.targets_ok === it.targets.length
      put(part.targets, `${it.targets_ok} of ${it.targets.length} ok`, allAnswer ? '' : 'doubt')
      put(part.since, duration(Math.max(0, Date.parse(writtenAt) - Date.parse(it.since))))
      put(part.why, whyText(it), 'why')
    },
  )
}

function backendRow({ backend }) {
  const standing = create('td')
  const pill = create('span', 'pill')
  standing.append(pill)
  const weighs = create('td')
  const bar = create('span', 'bar')
  const rest = create('span', 'rest')
  const weight = create('span')
  bar.append(rest)
  const scale = create('div', 'weight')
  scale.append(bar, weight)
  weighs.append(scale)
  const [targets, since, why] = [1, 2, 3].map(() => create('td'))
  const cells = Object.entries({
    State: standing,
    Weight: weighs,
    Checks: targets,
    Since: since,
    Why: why,
  })
  return { node: row(create('th', '', backend), cells), pill, rest, weight, targets, since, why }
}

/** "100", or "25 of 100" on the way there; a dash before the first verdict. */
function weightText({ weight, configured_weight: full }) {
  if (weight === null) return '–'
  return weight === full ? String(weight) : `${weight} of ${full}`
}

function whyText({ override, reasons, standing, weight }) {
  const ordered = override === null ? [] : [overrideText(override)]
  const last =
    standing === 'failed' && weight > 0 ? ['fail-open: all real servers have failed'] : []
  return [...ordered, ...last, reasonText(reasons)].filter(Boolean).join('\n')
}

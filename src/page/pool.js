// A load balancer's real servers: state and weight of each, since when, and why.
import { at, create, duration, each, put, row } from './dom.js'
import { overrideText, reasonText, stateWord, TONES } from './words.js'

export function drawBackends({ backends = [], written_at: writtenAt }) {
  const isBalancer = backends.length > 0
  at('backends-section').hidden = !isBalancer
  // What a balancer asks itself is whether the service of an address has enough real servers.
  put(at('endpoints-title'), isBalancer ? 'Virtual addresses' : 'Endpoints')
  each(
    at('backends'),
    backends,
    ({ backend }) => backend,
    backendRow,
    (part, it) => {
      const word = stateWord(it.state)
      put(part.pill, word, `pill ${TONES[word] ?? ''}`)
      const share = it.weight === null ? 0 : it.weight / it.configured_weight
      part.rest.style.width = `${Math.round(Math.min(1, share) * 100)}%`
      put(part.rest, '', `rest ${share >= 1 ? 'whole' : ''}`)
      put(part.weight, weightText(it), share > 0 ? '' : 'faint')
      const allAnswer = it.endpoints_ok === it.endpoints.length
      put(
        part.endpoints,
        `${it.endpoints_ok} of ${it.endpoints.length} ok`,
        allAnswer ? '' : 'doubt',
      )
      put(part.since, duration(Math.max(0, Date.parse(writtenAt) - Date.parse(it.since))))
      put(part.why, whyText(it), 'why')
    },
  )
}

function backendRow({ backend }) {
  const stateCell = create('td')
  const pill = create('span', 'pill')
  stateCell.append(pill)
  const weighs = create('td')
  const bar = create('span', 'bar')
  const rest = create('span', 'rest')
  const weight = create('span')
  bar.append(rest)
  const scale = create('div', 'weight')
  scale.append(bar, weight)
  weighs.append(scale)
  const [endpoints, since, why] = [1, 2, 3].map(() => create('td'))
  const cells = Object.entries({
    State: stateCell,
    Weight: weighs,
    Checks: endpoints,
    Since: since,
    Why: why,
  })
  return { node: row(create('th', '', backend), cells), pill, rest, weight, endpoints, since, why }
}

/** "100", or "25 of 100" on the way there; a dash before the first result. */
function weightText({ weight, configured_weight: full }) {
  if (weight === null) return '–'
  return weight === full ? String(weight) : `${weight} of ${full}`
}

function whyText({ override, reasons, state, weight }) {
  const ordered = override === null ? [] : [overrideText(override)]
  const last = state === 'failed' && weight > 0 ? ['fail-open: all real servers have failed'] : []
  return [...ordered, ...last, reasonText(reasons)].filter(Boolean).join('\n')
}

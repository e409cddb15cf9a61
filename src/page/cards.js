// The state, instances, timers, upstream groups and the last events.
import { at, clock, create, duration, each, isPassing, put, row, toSecond } from './dom.js'
import { overrideText, reasonText, stateWord, TONES } from './words.js'

export function drawHero(status, sinceMs) {
  const { state, server } = status
  const tone = TONES[state] ?? 'doubt'
  document.body.dataset.tone = tone
  put(at('server'), server)
  put(at('state'), state.toUpperCase())
  const since = status.state_since ?? status.health_since
  const lastedMs = Date.parse(status.written_at) - Date.parse(since) + sinceMs
  put(at('lasted'), `for ${duration(Math.max(0, lastedMs))}`)
  const { text, isGood } = answering(status)
  put(at('answering'), text, `answering ${isGood ? '' : 'doubt'}`)
  each(
    at('notes'),
    notesOf(status).map((note, index) => [index, ...note]),
    ([index]) => index,
    () => {
      const node = create('li')
      const label = create('b')
      const text = create('span')
      node.append(label, ' ', text)
      return { node, label, text }
    },
    (part, [, kind, label, text]) => {
      if (part.node.className !== kind) part.node.className = kind
      put(part.label, `${label}:`)
      put(part.text, text)
    },
  )
}

/** Class, label and text of each box. */
function notesOf({ state, why, override, shadow, complaints, addresses, flap }) {
  const notes =
    why.length === 0 ? [] : [[state === 'failed' ? 'reason' : 'note', 'Reason', reasonText(why)]]
  if (override !== null) notes.push(['order', 'Maintenance', overrideText(override)])
  if (shadow) notes.push(['note', 'Shadow mode', 'on, so drain refuses'])
  if (state === 'probation') {
    const repeats =
      flap.repeat_failures === 1 ? '1 repeat failure' : `${flap.repeat_failures} repeat failures`
    notes.push(['note', 'Probation', `${duration(flap.probation_ms)} until failback (${repeats})`])
  }
  for (const text of complaints) notes.push(['note', 'Configuration', text])
  for (const { address, interface: name, state, probed } of addresses)
    if (state !== 'ready')
      notes.push([
        'note',
        'Address',
        `${address} on ${name} is ${state}${probed ? '' : ': not probed'}`,
      ])
  return notes
}

function answering({ endpoints, backends = [] }) {
  if (backends.length > 0) {
    const inPool = backends.filter(({ weight, state }) => weight > 0 && state !== 'failed')
    const text = `${inPool.length} of ${backends.length} real servers in the pool`
    return { text, isGood: inPool.length === backends.length }
  }
  const good = endpoints.filter(isPassing)
  const text = `checks: ${good.length} of ${endpoints.length} endpoints ok`
  return { text, isGood: good.length === endpoints.length }
}

export function drawInstances({ instances, server }) {
  each(
    at('instances'),
    instances,
    ({ name }) => name,
    ({ name }) => {
      const state = create('td')
      const pill = create('span', 'pill')
      state.append(pill)
      const [priority, rank, holder, addresses] = [1, 2, 3, 4].map(() => create('td'))
      addresses.className = 'mono'
      const cells = Object.entries({
        State: state,
        Priority: priority,
        Rank: rank,
        Holder: holder,
        Addresses: addresses,
      })
      return { node: row(create('th', '', name), cells), pill, rank, priority, holder, addresses }
    },
    (part, it) => {
      const word = stateWord(it.state)
      put(part.pill, word, `pill ${TONES[word] ?? ''}`)
      put(part.priority, it.priority === 'fault' ? 'FAULT' : String(it.priority))
      put(part.rank, it.rank === null ? 'unlisted' : `${it.rank} of ${it.of}`)
      put(part.holder, it.holding ? `● ${server}` : '○ not here', it.holding ? 'good' : 'faint')
      put(part.addresses, it.addresses.join(' '))
    },
  )
}

/** The last lines of the history, the newest first. */
export function drawEvents({ events = [] }) {
  at('events-section').hidden = events.length === 0
  each(
    at('events'),
    [...events].reverse().map((event, index) => ({ ...event, index })),
    ({ index }) => index,
    () => {
      const node = create('li')
      const time = create('time', 'mono faint')
      const text = create('span')
      node.append(time, ' ', text)
      return { node, time, text }
    },
    (part, event) => {
      put(part.time, toSecond(event.at))
      put(part.text, event.text)
    },
  )
}

/** Timers run between two statuses, too; a bar shows how much of its time one has left. */
export function drawClocks({ flap }, sinceMs) {
  const { spans = {}, backoff_hold_ms: heldMs, probation_ms: owedMs, backoff_ms: backoffMs } = flap
  const clocks = []
  const nextMs = flap.next_cycle_ms === null ? 0 : flap.next_cycle_ms - sinceMs
  if (backoffMs > 0 && nextMs > 0) clocks.push(['next check', ...remaining(nextMs, backoffMs)])
  if (backoffMs > 0) clocks.push(['backoff', duration(backoffMs)])
  if (heldMs > sinceMs)
    clocks.push(['backoff held', ...remaining(heldMs - sinceMs, spans.backoff_hold_ms)])
  if (owedMs > 0) clocks.push(['probation left', ...remaining(owedMs, spans.probation_ms)])
  if (flap.failures > 0) clocks.push(['failed checks', String(flap.failures)])
  if (flap.repeat_failures > 0) clocks.push(['repeat failures', String(flap.repeat_failures)])
  at('clocks-section').hidden = clocks.length === 0
  each(
    at('clocks'),
    clocks,
    ([name]) => name,
    ([name]) => {
      const node = create('div')
      const value = create('dd')
      const text = create('span')
      const bar = create('span', 'bar')
      const rest = create('span', 'rest')
      bar.append(rest)
      value.append(bar, text)
      node.append(create('dt', '', name), value)
      return { node, text, bar, rest }
    },
    (part, [, text, share]) => {
      put(part.text, text)
      part.bar.hidden = share === undefined
      if (share !== undefined) part.rest.style.width = `${Math.round(Math.min(1, share) * 100)}%`
    },
  )
}

function remaining(leftMs, spanMs) {
  return [clock(leftMs), spanMs > 0 ? leftMs / spanMs : undefined]
}

export function drawUpstreams({ upstreams }) {
  at('upstreams-section').hidden = upstreams.length === 0
  each(
    at('upstreams'),
    upstreams,
    ({ name }) => name,
    ({ name }) => {
      const node = create('li')
      const pill = create('span', 'pill')
      const rest = create('span', 'faint')
      node.append(pill, create('b', '', name), ' ', rest)
      return { node, pill, rest }
    },
    ({ pill, rest }, { up, passed, of, quorum }) => {
      const [word, tone] =
        up === null ? ['not probed yet', ''] : up ? ['up', 'good'] : ['down', 'doubt']
      put(pill, word, `pill ${tone}`)
      put(rest, `${passed} of ${of} probes ok, quorum ${quorum}`)
    },
  )
}

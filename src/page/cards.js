// The verdict, instances, clocks and upstream groups.
import { at, clock, create, duration, each, isPassing, put, row } from './dom.js'
import { overrideText, reasonText, TONES } from './words.js'

export function drawHero(status, sinceMs) {
  const { verdict, server, reasons, override, complaints } = status
  document.body.dataset.verdict = verdict
  put(at('server'), server)
  put(at('verdict'), verdict)
  const lastedMs = Date.parse(status.written_at) - Date.parse(status.verdict_since) + sinceMs
  put(at('lasted'), `for ${duration(Math.max(0, lastedMs))}`)
  put(at('answering'), answering(status))
  const tone = verdict === 'failed' ? 'reason' : 'note'
  const notes = reasons.length === 0 ? [] : [[tone, reasonText(reasons)]]
  if (override !== null) notes.push(['order', overrideText(override)])
  for (const text of complaints) notes.push(['note', text])
  for (const { address, interface: name, state, probed } of status.addresses)
    if (state !== 'ready')
      notes.push([
        'note',
        `address ${address} on ${name} is ${state}${probed ? '' : ': not asked'}`,
      ])
  each(
    at('notes'),
    notes.map((note, index) => [index, ...note]),
    ([index]) => index,
    () => ({ node: create('li') }),
    ({ node }, [, kind, text]) => put(node, text, kind),
  )
}

function answering({ targets, backends = [] }) {
  if (backends.length > 0) {
    const inPool = backends.filter(({ weight, standing }) => weight > 0 && standing !== 'failed')
    return `${inPool.length} of ${backends.length} real servers in the pool`
  }
  const good = targets.filter(isPassing)
  return `${good.length} of ${targets.length} targets answer`
}

export function drawInstances({ instances }) {
  each(
    at('instances'),
    instances,
    ({ name }) => name,
    ({ name }) => {
      const standing = create('td')
      const pill = create('span', 'pill')
      standing.append(pill)
      const [rank, priority, holds, addresses] = [1, 2, 3, 4].map(() => create('td'))
      addresses.className = 'mono'
      const cells = Object.entries({
        Standing: standing,
        Rank: rank,
        Priority: priority,
        Holds: holds,
        Addresses: addresses,
      })
      return { node: row(create('th', '', name), cells), pill, rank, priority, holds, addresses }
    },
    (part, it) => {
      put(part.pill, it.standing, `pill ${TONES[it.standing] ?? ''}`)
      put(part.rank, it.rank === null ? 'unlisted' : `${it.rank} of ${it.of}`)
      put(part.priority, it.priority === 'fault' ? 'FAULT' : String(it.priority))
      put(part.holds, it.holding ? '● yes' : '○ no', it.holding ? 'good' : 'faint')
      put(part.addresses, it.addresses.join(' '))
    },
  )
}

/** Clocks run between two statuses, too; a bar shows how much of its time one has left. */
export function drawClocks({ flap }, sinceMs) {
  const { spans = {}, hold_down_ms: holdDownMs, probation_ms: probationMs } = flap
  const clocks = [sweepClock(flap, sinceMs)]
  if (flap.backoff_ms > 0) clocks.push(['backoff', duration(flap.backoff_ms)])
  if (holdDownMs > sinceMs)
    clocks.push(['hold-down', ...remaining(holdDownMs - sinceMs, spans.hold_down_ms)])
  if (probationMs > 0)
    clocks.push(['probation, clean to go', ...remaining(probationMs, spans.probation_ms)])
  if (flap.failures > 0) clocks.push(['failing sweeps counted', String(flap.failures)])
  if (flap.relapses > 0) clocks.push(['relapses', String(flap.relapses)])
  clocks.push(['sweeps so far', flap.sweeps.toLocaleString()])
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

/** While it waits after a failure the bar is of the backoff, and else of a period. */
function sweepClock(flap, sinceMs) {
  const { next_sweep_ms: nextMs, sweeping, spans, backoff_ms: backoffMs } = flap
  const leftMs = nextMs === null ? 0 : nextMs - sinceMs
  if (nextMs === null && sweeping === 'waiting') return ['next sweep', 'none planned']
  // Sweep follows on sweep while all is well: a clock of fractions of a second would only flicker.
  const periodMs = spans?.period_ms ?? 0
  if (leftMs <= 0 || nextMs <= periodMs) return ['sweeping', backoffMs > 0 ? 'in bursts' : 'evenly']
  return ['next sweep', ...remaining(leftMs, backoffMs)]
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
        up === null ? ['not asked yet', ''] : up ? ['up', 'good'] : ['down', 'doubt']
      put(pill, word, `pill ${tone}`)
      put(rest, `${passed} of ${of} answered, ${quorum} needed`)
    },
  )
}

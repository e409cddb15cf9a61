// The verdict, instances, clocks and upstream groups.
import { at, create, duration, each, put, row } from './dom.js'

const TONES = {
  healthy: 'good',
  probation: 'doubt',
  degraded: 'doubt',
  drained: 'calm',
  failed: 'bad-text',
  isolated: 'bad-text',
}

export function drawHero(status, sinceMs) {
  const { verdict, server, reasons, override, complaints } = status
  document.body.dataset.verdict = verdict
  put(at('server'), server)
  put(at('verdict'), verdict)
  const lastedMs = Date.parse(status.written_at) - Date.parse(status.verdict_since) + sinceMs
  put(at('lasted'), `for ${duration(Math.max(0, lastedMs))}`)
  const notes = reasons.map((text) => ['reason', text])
  if (override !== null) notes.push(['order', overrideText(override)])
  for (const text of complaints) notes.push(['note', text])
  for (const { address, interface: name, state } of status.addresses)
    if (state !== 'ready')
      notes.push(['note', `address ${address} on ${name} is ${state}: not asked`])
  each(
    at('notes'),
    notes.map((note, index) => [index, ...note]),
    ([index]) => index,
    () => ({ node: create('li') }),
    ({ node }, [, kind, text]) => put(node, text, kind),
  )
}

function overrideText({ mode, by, reason, sinceWallMs, untilWallMs, instances, corrupt }) {
  if (corrupt !== undefined) return `drained, because the override file cannot be read: ${corrupt}`
  const where = instances === undefined ? '' : ` in ${instances.join(', ')}`
  const when = (ms) => new Date(ms).toLocaleString()
  const until = untilWallMs === null ? '' : ` until ${when(untilWallMs)}`
  return `${mode}${where} by ${by} since ${when(sinceWallMs)}${until}${reason ? `: ${reason}` : ''}`
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
      put(part.holds, it.holding ? 'yes' : 'no', it.holding ? 'good' : 'faint')
      put(part.addresses, it.addresses.join(' '))
    },
  )
}

/** Clocks run between two statuses, too. */
export function drawClocks({ flap }, sinceMs) {
  const left = (ms) => duration(Math.max(0, ms - sinceMs))
  const clocks = [
    ['now', sweepText(flap, left)],
    ['sweeps so far', flap.sweeps.toLocaleString()],
  ]
  if (flap.failures > 0) clocks.push(['failing sweeps', String(flap.failures)])
  if (flap.backoff_ms > 0) clocks.push(['backoff', duration(flap.backoff_ms)])
  if (flap.hold_down_ms > sinceMs) clocks.push(['hold-down, still', left(flap.hold_down_ms)])
  if (flap.probation_ms > 0) clocks.push(['probation, still', duration(flap.probation_ms)])
  if (flap.relapses > 0) clocks.push(['relapses', String(flap.relapses)])
  each(
    at('clocks'),
    clocks,
    ([name]) => name,
    ([name]) => {
      const node = create('div')
      const value = create('dd')
      node.append(create('dt', '', name), value)
      return { node, value }
    },
    ({ value }, [, text]) => put(value, text),
  )
}

function sweepText({ next_sweep_ms: nextMs, sweeping }, left) {
  if (nextMs !== null) return `next in ${left(nextMs)}`
  if (sweeping === 'waiting') return 'none planned'
  return sweeping === 'spread' ? 'spread over the period' : 'all at once'
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

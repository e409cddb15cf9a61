// Endpoints as a grid: a row for each address, a column for each transport, five minutes of marks in each cell.
import { at, create, each, isFailing, latency, put, row, SVG } from './dom.js'

const STEPS = 60
const STEP_S = 5
const MARKS = { '.': 'ok', '~': 'again', v: 'gone', x: 'bad' }
/** Marks differ in height too, for those who cannot tell the colours apart. */
const HEIGHTS = { ok: 13, again: 17, gone: 6, bad: 22 }

export function drawEndpoints({ endpoints, strips, instances }) {
  const transports = [...new Set(endpoints.map(({ endpoint }) => endpoint.split('/')[0]))]
  const titles = ['Address', ...transports.map((name) => name.toUpperCase())]
  each(
    at('endpoints-head'),
    titles,
    (title) => title,
    (title) => {
      const node = create('th', '', title)
      node.scope = 'col'
      if (title !== 'Address') node.append(axis())
      return { node }
    },
    () => {},
  )
  each(
    at('endpoints'),
    rowsOf(endpoints, strips, instances),
    ({ address }) => `${address} ${transports}`,
    ({ address }) => endpointRow(address, transports),
    (part, it) => {
      part.service.hidden = !it.isService
      put(part.interface, it.interface)
      for (const transport of transports) updateCell(part.cells[transport], it.by[transport])
    },
  )
}

/** The strips of a column have one axis of time. */
function axis() {
  const node = create('span', 'axis')
  node.append(create('span', '', '5 min ago'), create('span', '', 'now'))
  return node
}

/** What fails comes first, then the service addresses, then all else as it came. */
function rowsOf(endpoints, strips, instances) {
  const stripOf = new Map(strips.map(({ endpoint, strip }) => [endpoint, strip]))
  const services = new Set(instances.flatMap((it) => it.addresses))
  const rows = new Map()
  for (const endpoint of endpoints) {
    const [transport, ...rest] = endpoint.endpoint.split('/')
    const address = rest.join('/')
    const isService = services.has(address)
    const { interface: name } = endpoint
    if (!rows.has(address))
      rows.set(address, { address, interface: name, isService, by: {}, weight: isService ? 1 : 2 })
    const row = rows.get(address)
    row.by[transport] = { ...endpoint, strip: stripOf.get(endpoint.endpoint) ?? '' }
    if (isFailing(endpoint)) row.weight = 0
  }
  return [...rows.values()].sort((a, b) => a.weight - b.weight)
}

function endpointRow(address, transports) {
  const heading = create('th')
  const name = create('span', 'where')
  const service = create('span', 'service', 'service')
  heading.append(create('span', 'mono', address), ' ', service, name)
  const cells = {}
  for (const transport of transports) {
    const node = create('td')
    const strip = document.createElementNS(SVG, 'svg')
    strip.setAttribute('class', 'strip')
    strip.setAttribute('role', 'img')
    strip.setAttribute('viewBox', `0 0 ${STEPS} 22`)
    strip.setAttribute('preserveAspectRatio', 'none')
    const said = create('p', 'said')
    const detail = create('p', 'detail bad-text')
    const cell = create('div', 'cell')
    cell.append(said, strip, detail)
    node.append(cell)
    cells[transport] = { node, strip, said, detail, drawn: null }
  }
  const pairs = transports.map((transport) => [transport.toUpperCase(), cells[transport].node])
  return { node: row(heading, pairs), interface: name, service, cells }
}

function updateCell(cell, endpoint) {
  cell.strip.style.display = endpoint === undefined ? 'none' : ''
  if (endpoint === undefined) {
    put(cell.said, '–', 'said faint')
    put(cell.detail, '', 'detail')
    return
  }
  const { outcome, detail = '', ignored, latency_ms: latencyMs } = endpoint
  const isSlow = latencyMs !== null && latencyMs > endpoint.late_ms
  const isDoubtful = outcome === null || ignored || isSlow
  const tone = isFailing(endpoint) ? 'bad-text' : isDoubtful ? 'doubt' : 'faint'
  const words = [
    outcome ?? 'not probed',
    latency(latencyMs),
    ignored ? '(young)' : '',
    isSlow ? '(slow)' : '',
  ]
  put(cell.said, words.filter(Boolean).join(' '), `said ${tone}`)
  const past = isFailing(endpoint) ? '' : outageText(endpoint.strip)
  put(cell.detail, detail || past, `detail ${detail ? 'bad-text' : 'doubt'}`)
  if (cell.drawn === endpoint.strip) return
  cell.drawn = endpoint.strip
  drawStrip(cell.strip, endpoint.strip)
}

/** An outage that is over, in words: a strip alone is for those who see it. */
function outageText(strip) {
  const failed = [...strip].filter((mark) => mark === 'x').length
  return failed === 0 ? '' : `failed for up to ${failed * STEP_S} s in the last 5 min`
}

/** Equal neighbours make one rectangle; the gaps between steps are a mask. */
function drawStrip(svg, strip) {
  const counts = { ok: 0, again: 0, gone: 0, bad: 0 }
  const bars = []
  for (let step = 0; step < strip.length; step++) {
    const kind = MARKS[strip[step]]
    if (kind === undefined) continue
    counts[kind]++
    const last = bars.at(-1)
    if (last?.kind === kind && last.end === step) last.end++
    else bars.push({ kind, start: step, end: step + 1 })
  }
  const rects = bars.map(({ kind, start, end }) => {
    const rect = document.createElementNS(SVG, 'rect')
    const box = {
      class: kind,
      x: start,
      width: end - start,
      y: 22 - HEIGHTS[kind],
      height: HEIGHTS[kind],
    }
    for (const [name, value] of Object.entries(box)) rect.setAttribute(name, String(value))
    return rect
  })
  const { ok, again, gone, bad } = counts
  const words = `last 5 min in ${STEPS} steps: ${ok} ok, ${again} ok after retry, ${gone} address gone, ${bad} failed`
  const title = document.createElementNS(SVG, 'title')
  title.textContent = words
  svg.replaceChildren(title, ...rects)
  svg.setAttribute('aria-label', words)
}

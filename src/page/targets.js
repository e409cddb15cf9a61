// Targets as a grid: one row an address, one column a transport, five minutes of marks in each cell.
import { at, create, each, isFailing, latency, put, row, SVG } from './dom.js'

const STEPS = 60
const MARKS = { '.': 'ok', '~': 'again', v: 'gone', x: 'bad' }
/** Marks differ in height too, for those who cannot tell the colours apart. */
const HEIGHTS = { ok: 13, again: 17, gone: 6, bad: 22 }

export function drawTargets({ targets, strips, instances }) {
  const transports = [...new Set(targets.map(({ target }) => target.split('/')[0]))]
  const titles = ['Address', ...transports.map((name) => name.toUpperCase())]
  each(
    at('targets-head'),
    titles,
    (title) => title,
    (title) => {
      const node = create('th', '', title)
      node.scope = 'col'
      return { node }
    },
    () => {},
  )
  each(
    at('targets'),
    rowsOf(targets, strips, instances),
    ({ address }) => `${address} ${transports}`,
    ({ address }) => targetRow(address, transports),
    (part, it) => {
      part.held.hidden = !it.isHeld
      put(part.interface, it.interface)
      for (const transport of transports) updateCell(part.cells[transport], it.by[transport])
    },
  )
}

/** What fails comes first, then the service addresses that are here, then all else as it came. */
function rowsOf(targets, strips, instances) {
  const stripOf = new Map(strips.map(({ target, strip }) => [target, strip]))
  const held = new Set(instances.flatMap((it) => (it.holding ? it.addresses : [])))
  const rows = new Map()
  for (const target of targets) {
    const [transport, ...rest] = target.target.split('/')
    const address = rest.join('/')
    const isHeld = held.has(address)
    const { interface: name } = target
    if (!rows.has(address))
      rows.set(address, { address, interface: name, isHeld, by: {}, weight: isHeld ? 1 : 2 })
    const row = rows.get(address)
    row.by[transport] = { ...target, strip: stripOf.get(target.target) ?? '' }
    if (isFailing(target)) row.weight = 0
  }
  return [...rows.values()].sort((a, b) => a.weight - b.weight)
}

function targetRow(address, transports) {
  const heading = create('th')
  const name = create('span', 'where')
  const held = create('span', 'held', 'held')
  heading.append(create('span', 'mono', address), ' ', held, name)
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
  return { node: row(heading, pairs), interface: name, held, cells }
}

function updateCell(cell, target) {
  cell.strip.style.display = target === undefined ? 'none' : ''
  if (target === undefined) {
    put(cell.said, '–', 'said faint')
    put(cell.detail, '')
    return
  }
  const { outcome, detail = '', ignored, latency_ms: latencyMs } = target
  const tone = isFailing(target) ? 'bad-text' : outcome === null || ignored ? 'doubt' : 'faint'
  const words = [outcome ?? 'not asked', latency(latencyMs), ignored ? '(young)' : '']
  put(cell.said, words.filter(Boolean).join(' '), `said ${tone}`)
  put(cell.detail, detail)
  if (cell.drawn === target.strip) return
  cell.drawn = target.strip
  drawStrip(cell.strip, target.strip)
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
  svg.replaceChildren(...rects)
  const { ok, again, gone, bad } = counts
  svg.setAttribute(
    'aria-label',
    `the last five minutes in ${STEPS} steps: ${ok} answered, ${again} asked again, ${gone} vanished, ${bad} failed`,
  )
}

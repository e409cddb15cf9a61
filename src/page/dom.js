// What the page's script draws with: nodes made once, and touched when something in them changes.
export const SVG = 'http://www.w3.org/2000/svg'

export const at = (id) => document.getElementById(id)

export function create(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

/** Text and class are touched when they change, so that what a reader has selected stays so. */
export function put(node, text, className) {
  if (node.textContent !== text) node.textContent = text
  if (className !== undefined && node.className !== className) node.className = className
}

/** One child for each item, by key: those that stay are updated in place. */
export function each(parent, items, keyOf, make, update) {
  parent.parts ??= new Map()
  const keep = new Set()
  items.forEach((item, index) => {
    const key = keyOf(item)
    keep.add(key)
    if (!parent.parts.has(key)) parent.parts.set(key, make(item))
    const part = parent.parts.get(key)
    if (parent.children[index] !== part.node) parent.insertBefore(part.node, parent.children[index])
    update(part, item)
  })
  for (const [key, part] of parent.parts) {
    if (keep.has(key)) continue
    part.node.remove()
    parent.parts.delete(key)
  }
}

export function duration(ms) {
  if (!Number.isFinite(ms)) return 'an unknown time'
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} days`
}

/** ISO 8601 without the fraction, which nobody reads. */
export function toSecond(iso) {
  return iso.replace(/\.\d+Z$/, 'Z')
}

export function latency(ms) {
  return ms === null ? '' : `${Number(ms.toPrecision(2))} ms`
}

export function row(heading, cells) {
  const node = create('tr')
  heading.scope = 'row'
  node.append(heading)
  for (const [label, cell] of cells) {
    cell.dataset.label = label
    node.append(cell)
  }
  return node
}

/** As wide in the next second as in this one. */
export function clock(ms) {
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms)
}

/** Nothing is wrong there. */
export function isPassing({ outcome }) {
  return ['ok', 'stale', 'address-gone'].includes(outcome)
}

/** It does not answer, and that counts. */
export function isFailing({ outcome, ignored }) {
  return !ignored && outcome !== null && !isPassing({ outcome })
}

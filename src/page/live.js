// Draws /status.json anew each second. All that it is told goes into text nodes, never into markup.
import { drawClocks, drawEvents, drawHero, drawInstances, drawUpstreams } from './cards.js'
import { at, duration, put, SVG, toSecond } from './dom.js'
import { drawEndpoints } from './endpoints.js'
import { drawBackends } from './pool.js'

const EVERY_MS = 1000
const TIMEOUT_MS = 3000

/** The last status and when it came, by a clock that never steps. */
let seen = null
let announced = ''

function draw() {
  if (seen === null) return
  const sinceMs = performance.now() - seen.atMs
  drawHero(seen.status, sinceMs)
  drawClocks(seen.status, sinceMs)
}

function drawAll({ status }) {
  drawInstances(status)
  drawUpstreams(status)
  drawBackends(status)
  drawEndpoints(status)
  drawEvents(status)
  put(at('program'), programText(status))
  document.title = `${status.state} – ${status.server} – holdfast`
  const mark = getComputedStyle(document.querySelector('.word')).color
  const icon = `<svg xmlns="${SVG}" viewBox="0 0 8 8"><circle cx="4" cy="4" r="3.5" fill="${mark}"/></svg>`
  const href = `data:image/svg+xml,${encodeURIComponent(icon)}`
  if (at('icon').href !== href) at('icon').href = href
}

function programText({ version, pid, config_loaded_at: loaded }) {
  const config = loaded === undefined ? '' : `, config loaded ${toSecond(loaded)}`
  return `holdfast ${version}${config}, process ${pid}`
}

/** Told to those who listen rather than look, when it changes. */
function announce(text) {
  if (text === announced) return
  announced = text
  at('announcement').textContent = text
}

function setLink(state, text) {
  document.body.dataset.link = state
  put(at('link'), text)
}

async function look() {
  try {
    const reply = await fetch('/status.json', { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!reply.ok) throw new Error(`the daemon answers ${reply.status}`)
    seen = { status: await reply.json(), atMs: performance.now() }
    draw()
    drawAll(seen)
    setLink('live', 'live')
    announce(`${seen.status.server}: ${seen.status.state}`)
  } catch {
    const since = seen === null ? '' : ` for ${duration(performance.now() - seen.atMs)}`
    setLink('gone', `the daemon has not answered${since}`)
    document.title = 'no answer – holdfast'
    announce('the daemon does not answer')
    draw()
  }
  setTimeout(look, EVERY_MS)
}

look()
setInterval(draw, 250)

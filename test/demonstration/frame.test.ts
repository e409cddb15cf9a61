// The demo's picture: it fits the terminal, says who holds the address, and is plain without colour.
import { describe, expect, test } from 'bun:test'
import { drawFrame } from '../../build/demonstration/frame.ts'
import { glyphsFor } from '../../build/demonstration/palette.ts'
import { type Scene, type ServerView, secondsOf } from '../../build/demonstration/scene.ts'

const UTF8 = glyphsFor({ LANG: 'C.UTF-8' })

function server(name: string, change: Partial<ServerView> = {}): ServerView {
  const healthy = { health: 'healthy', state: 'healthy', priority: '250' }
  const reason = 'answers at all 12 endpoints'
  return { name, named: 'running', holds: false, ...healthy, reason, ...change }
}

function sceneOf(change: Partial<Scene> = {}): Scene {
  const counts = Array.from({ length: 20 }, (_, second) => ({
    atMs: second * 1000 + 500,
    lost: second === 10 ? 50 : 0,
    byServer: second < 10 ? { ns1: 200 } : { ns2: second === 10 ? 150 : 200 },
  }))
  return {
    elapsedMs: 19_900,
    ratePerS: 200,
    addresses: ['192.0.2.53', '2001:db8::53'],
    servers: [
      server('ns1', {
        named: 'stopped',
        health: 'failed',
        state: 'failed',
        priority: '10',
        reason: `udp/192.0.2.53 ${'127.in-addr.arpa SOA: refused; '.repeat(5)}`,
      }),
      server('ns2', { holds: true, priority: '200' }),
      server('ns3', { priority: '150' }),
    ],
    seconds: secondsOf(counts),
    notes: Array.from({ length: 40 }, (_, index) => ({
      atMs: index * 500,
      tone: 'plain' as const,
      text: `note ${index}`,
    })),
    acts: [
      { number: 1, atMs: 0, title: 'all is well', explanation: 'as it should be' },
      { number: 2, atMs: 10_000, title: 'pkill named on ns1', explanation: 'it serves no more' },
    ],
    actCount: 5,
    ...change,
  }
}

const plain = (scene: Scene, width = 80, height = 24) =>
  drawFrame(scene, { width, height, colour: false, glyphs: UTF8 })

describe('the frame', () => {
  test.each([
    [80, 24],
    [40, 10],
    [200, 60],
  ])('fits %i × %i', (width, height) => {
    const lines = plain(sceneOf(), width, height)
    expect(lines.length).toBeLessThanOrEqual(height)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  })

  test('says at 80 × 24 who holds the address, what each server thinks, and what happened last', () => {
    const lines = plain(sceneOf())
    expect(lines).toHaveLength(24)
    const text = lines.join('\n')
    expect(text).toContain('192.0.2.53 and 2001:db8::53 are on  ns2\n')
    expect(text).toMatch(/ns1 +stopped +failed +failed +10 +0\n/)
    expect(text).toMatch(/ns2 +running +healthy +healthy +200 +200 +◀ holds it\n/)
    expect(text).toContain('udp/192.0.2.53 127.in-addr.arpa SOA: refused')
    expect(text).toContain('▶ 2 of 5: pkill named on ns1')
    expect(lines.at(-1)).toContain('note 39')
  })

  test('draws a column for each second, with the acts below', () => {
    const lines = plain(sceneOf())
    // The table of servers stands above the strips.
    const strip = (label: string) =>
      lines.findLast((line) => line.startsWith(`  ${label} `))?.slice(10)
    expect(strip('ns1')).toBe(`${'█'.repeat(10)}${'·'.repeat(10)}`)
    expect(strip('ns2')).toBe(`${'·'.repeat(10)}▆${'█'.repeat(9)}`)
    expect(strip('lost')).toBe(`${'·'.repeat(10)}▂${'·'.repeat(9)}`)
    expect(strip('event')).toBe(`1${' '.repeat(9)}2`)
  })

  test('keeps the last seconds in sight when there are more than columns', () => {
    const counts = Array.from({ length: 90 }, (_, second) => ({
      atMs: second * 1000,
      lost: second === 89 ? 200 : 0,
      byServer: {},
    }))
    const lost = plain(sceneOf({ seconds: secondsOf(counts) })).find((line) =>
      line.startsWith('  lost'),
    )
    expect(lost).toHaveLength(79)
    expect(lost?.at(-1)).toBe('█')
  })

  test('is nobody’s while nobody holds the address, and names two who do', () => {
    expect(plain(sceneOf({ servers: [server('ns1')] })).join('\n')).toContain('are on  nobody\n')
    const both = [server('ns1', { holds: true }), server('ns2', { holds: true })]
    expect(plain(sceneOf({ servers: both })).join('\n')).toContain('are on  ns1 and ns2\n')
  })

  test('has the same text with and without colour, and ASCII alone where the locale wants it', () => {
    const options = { width: 80, height: 24, glyphs: UTF8 }
    const coloured = drawFrame(sceneOf(), { ...options, colour: true })
    expect(coloured.join('')).toContain('\u001b[31m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about.
    const bare = coloured.map((line) => line.replace(/\u001b\[[0-9;]*m/g, '').trimEnd())
    expect(bare).toEqual(plain(sceneOf()))
    const glyphs = glyphsFor({ LANG: 'C' })
    const ascii = drawFrame(sceneOf(), { ...options, glyphs, colour: false }).join('\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
    expect(ascii).toMatch(/^[\u0000-\u007f]*$/)
  })
})

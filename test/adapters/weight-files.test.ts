// The files of a balancer's real servers, as keepalived reads them.
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createWeightPublisher } from '../../src/adapters/publisher.ts'
import { REMOVED } from '../../src/balancer/pool.ts'
import { folderForEachTest } from '../support/temporary-folder.ts'

const runDir = folderForEachTest()

const file = (name: string) => join(runDir, 'weight', name)

/** What is in the folder: "dns.ns1 100". */
function held(): string[] {
  return readdirSync(join(runDir, 'weight'))
    .toSorted()
    .map((name) => `${name} ${readFileSync(file(name), 'utf8').trimEnd()}`)
}

test('hold a weight, and whether it counts', () => {
  const publisher = createWeightPublisher({ runDir })
  for (const [value, weight, out] of [
    [100, 100, 0],
    [REMOVED, 0, 1],
    [0, 0, 0],
    [1, 1, 0],
  ] as const) {
    expect(publisher.isPublished('dns.ns1', value)).toBe(false)
    expect(publisher.weight('dns.ns1', value).ok).toBe(true)
    expect(held()).toEqual([`dns.ns1 ${weight}`, `out:dns.ns1 ${out}`])
    expect(publisher.isPublished('dns.ns1', value)).toBe(true)
  }
})

test('are not published while one of the two says something else', () => {
  const publisher = createWeightPublisher({ runDir })
  publisher.weight('dns.ns1', 100)
  for (const [name, text] of [
    ['dns.ns1', '99\n'],
    ['out:dns.ns1', '1\n'],
    ['out:dns.ns1', ''],
  ] as const) {
    writeFileSync(file(name), text)
    expect(publisher.isPublished('dns.ns1', 100)).toBe(false)
    publisher.weight('dns.ns1', 100)
    expect(held()).toEqual(['dns.ns1 100', 'out:dns.ns1 0'])
  }
})

test('go with their real server, both of them', () => {
  const publisher = createWeightPublisher({ runDir })
  for (const name of ['dns.ns1', 'dns.ns2']) publisher.weight(name, REMOVED)
  expect(publisher.retain(['dns.ns2']).ok).toBe(true)
  expect(held()).toEqual(['dns.ns2 0', 'out:dns.ns2 1'])
})

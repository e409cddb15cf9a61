// What is news about a load balancer's real servers, who tells it, and what the message says.
import { describe, expect, test } from 'bun:test'
import { decodeEvent, encodeEvent } from '../../src/documents/spooled-event.ts'
import { messageDocument, messageEnvironment } from '../../src/notify/compose-message.ts'
import type { CurrentPool } from '../../src/notify/current-state.ts'
import { HOUR_MS } from '../../src/notify/outbox.ts'
import { isReporter, poolNews } from '../../src/notify/pool-news.ts'
import { FAILED, madeEvent } from './notify-fixtures.ts'
import { createOutboxScenario } from './outbox-scenario.ts'
import {
  currentWith,
  eventsOf,
  madePool,
  NOTHING,
  type PoolChoices,
  TIMEOUT,
} from './pool-fixtures.ts'

const H = 'healthy'

describe('news', () => {
  /** "dns BELOW_QUORUM" for each, one list a step. */
  function newsOf(...steps: readonly PoolChoices[]): string[][] {
    let known = NOTHING
    return steps.map((choices) => {
      const { news, known: next } = poolNews(known, madePool(choices))
      known = next
      return news.map(({ transition: entry }) => `${entry.name} ${entry.state}`)
    })
  }

  test('a start of the daemon is none, whatever it finds', () => {
    const serverStates = ['failed', 'degraded', 'drained'] as const
    expect(newsOf({ serverStates: [null, null, null] }, { serverStates })).toEqual([[], []])
  })

  test('is each change of what a real server and its service are', () => {
    expect(
      newsOf(
        {},
        { serverStates: [H, 'failed', H] },
        { serverStates: ['degraded', 'failed', H] },
        { serverStates: ['failed', 'failed', H] },
        { serverStates: ['failed', 'failed', 'failed'] },
        { serverStates: [H, H, 'failed'] },
        { serverStates: [H, H, 'drained'] },
        { serverStates: [H, H, H] },
        { serverStates: [H, H, H] },
      ),
    ).toEqual([
      [],
      ['dns.ns2 REMOVED'],
      ['dns.ns1 DEGRADED'],
      ['dns.ns1 REMOVED', 'dns BELOW_QUORUM'],
      ['dns.ns3 REMOVED', 'dns NO_SERVERS'],
      ['dns.ns1 ADDED', 'dns.ns2 ADDED', 'dns QUORUM_OK'],
      ['dns.ns3 DRAINED'],
      ['dns.ns3 ADDED'],
      [],
    ])
  })

  test('what an operator has taken out may fail meanwhile: he may be mending it', () => {
    const [sound, drained, dead] = ['healthy', 'drained', 'failed'].map((serverState) =>
      madePool({ serverStates: [H, serverState as typeof H, H] }),
    ) as [CurrentPool, CurrentPool, CurrentPool]
    expect(drained.backends[1]?.state).toBe('DRAINED')
    const override = drained.backends[1]?.override ?? null
    const mended = madePool({ serverStates: [H, 'failed', H], override })
    expect(mended.backends[1]?.state).toBe('DRAINED')
    expect(dead.backends[1]?.state).toBe('REMOVED')
    const { known } = poolNews(poolNews(NOTHING, sound).known, drained)
    expect(poolNews(known, mended).news).toEqual([])
  })

  test('waits for a result: a real server that is new to the file changes nothing', () => {
    const two = { serverStates: [H, H], quorum: 2 } as const
    expect(
      newsOf(
        two,
        { ...two, serverStates: [H, H, null] },
        { ...two, serverStates: [H, H, 'failed'] },
      ),
    ).toEqual([[], [], []])
  })

  test('a real server that left the file is forgotten', () => {
    const [three, two] = [{ serverStates: [H, H, H] }, { serverStates: [H, H] }] as const
    expect(newsOf(three, two, { serverStates: [H, H, 'failed'] })).toEqual([[], [], []])
  })
})

test('the balancer tells that holds one of the addresses of the service', () => {
  const pool = madePool({})
  const { instances } = currentWith(pool)
  const elsewhere = instances.map((instance) => ({ ...instance, holding: false }))
  const other = instances.map((instance) => ({ ...instance, addresses: ['192.0.2.10'] }))
  for (const service of pool.services)
    expect([instances, elsewhere, other].map((entry) => isReporter(entry, service))).toEqual([
      true,
      false,
      false,
    ])
})

describe('a message', () => {
  /** What a channel is sent of one change. */
  function told(
    before: PoolChoices,
    after: PoolChoices,
    extra = [] as ReturnType<typeof eventsOf>,
  ) {
    const scenario = createOutboxScenario()
    const pool = madePool(after)
    scenario.current(currentWith(pool))
    for (const event of [...eventsOf(madePool(before), pool, 1000), ...extra]) scenario.event(event)
    scenario.until(HOUR_MS)
    expect(scenario.sent).toHaveLength(1)
    expect(scenario.outbox.items).toEqual([])
    return scenario.sent[0]?.message
  }

  test('says which real server is out, and why', () => {
    const message = told({}, { serverStates: [H, 'failed', H] })
    expect(message?.subject).toBe(`[holdfast] lb1: dns.ns2 REMOVED: ${TIMEOUT}`)
    expect(message).toMatchObject({ state: 'REMOVED', planned: false })
    expect(message?.body).toStartWith(
      'lb1 removed dns.ns2 from the pool because its checks failed.\nClients of dns are served by 2 of 3 real servers.\n',
    )
    expect(message?.body).toContain(`Why\n  dns.ns2: ${TIMEOUT}\n`)
    expect(message?.body).toContain(
      '  service dns  192.0.2.9: 2 of 3 real servers in the pool, 2 needed\n',
    )
    expect(message?.body).toContain(
      '  dns.ns2  failed since 2026-11-21T03:12:45Z, weight 0 of 100\n',
    )
    expect(message?.body).toContain('dig @192.0.2.12 127.in-addr.arpa SOA +tries=1')
    expect(message?.body).toContain('dns.ns2 returns automatically when its checks pass.')
    expect(message?.body).not.toContain('named')
  })

  test.each([
    [
      'one that is degraded',
      {},
      { serverStates: [H, 'degraded', H] },
      `[holdfast] lb1: dns.ns2 DEGRADED: ${TIMEOUT}`,
    ],
    ['one that is back', { serverStates: [H, 'failed', H] }, {}, '[holdfast] lb1: dns.ns2 ADDED'],
    [
      'one that is drained',
      {},
      { serverStates: [H, 'drained', H] },
      '[holdfast] lb1: dns.ns2 DRAINED (planned)',
    ],
    [
      'one that is drained no more',
      { serverStates: [H, 'drained', H] },
      {},
      '[holdfast] lb1: dns.ns2 ADDED (planned)',
    ],
    [
      'a service that is below its quorum',
      { serverStates: [H, H, 'failed'] },
      { serverStates: [H, 'failed', 'failed'] },
      '[holdfast] lb1: service dns BELOW QUORUM: 1 of 3 real servers in the pool, 2 needed; dns.ns2 REMOVED',
    ],
    [
      'a service with nobody left',
      {},
      { serverStates: ['failed', 'failed', 'failed'] },
      '[holdfast] lb1: service dns NO SERVERS: 0 of 3 real servers in the pool, 2 needed; dns.ns1, dns.ns2 and dns.ns3 REMOVED',
    ],
  ] as const)('has a subject for %s', (_, before, after, subject) => {
    expect(told(before, after)?.subject).toBe(subject)
  })

  test('says which server is queried instead', () => {
    const serverStates = ['failed', 'failed', 'failed'] as const
    const message = told({ sorry: '192.0.2.99' }, { sorry: '192.0.2.99', serverStates })
    expect(message?.body).toContain('Clients of dns are served by the sorry server 192.0.2.99.\n')
    expect(message?.state).toBe('NO_SERVERS')
    expect(told({}, { serverStates })?.body).toContain('Clients of dns are not served.\n')
  })

  test('joins what belongs together: the balancer that gives up and why', () => {
    const dead = madeEvent(1100, 'BACKUP', { name: 'dns0', snapshot: FAILED })
    const current = { serverStates: [H, 'failed', 'failed'] } as const
    const message = told({}, current, [dead])
    expect(message?.subject).toStartWith(
      '[holdfast] lb1 now serves dns0; service dns BELOW QUORUM: 1 of 3',
    )
  })

  test('gives programs the event and the pool', () => {
    const message = told({}, { serverStates: [H, 'failed', H] })
    if (message === undefined) throw new Error('nothing was sent')
    expect(JSON.parse(messageDocument(message))).toMatchObject({
      state: 'REMOVED',
      events: [{ subject: 'BACKEND', name: 'dns.ns2', state: 'REMOVED', kind: 'backend' }],
      services: [{ name: 'dns', state: 'QUORUM_OK', in_pool: 2, of: 3, quorum: 2 }],
      backends: [{ name: 'dns.ns1' }, { name: 'dns.ns2', weight: 0 }, { name: 'dns.ns3' }],
    })
    expect(messageEnvironment(message)).toMatchObject({
      HOLDFAST_INSTANCES: '',
      HOLDFAST_BACKENDS: 'dns.ns2',
      HOLDFAST_SERVICES: '',
    })
  })

  test('asks at the port of the service', () => {
    const port = 5353
    const message = told({ port }, { port, serverStates: [H, 'failed', H] })
    expect(message?.body).toContain('dig @192.0.2.12 -p 5353 127.in-addr.arpa SOA +tries=1')
  })
})

test('waits until the real servers are judged, where the daemon has just started', () => {
  const scenario = createOutboxScenario({ pace: { groupWaitMs: 0 } })
  const broken = madePool({ serverStates: [H, 'failed', H] })
  scenario.current(currentWith(madePool({ serverStates: [H, null, H] })))
  for (const event of eventsOf(madePool({}), broken, 0)) scenario.event(event)
  scenario.until(30_000)
  expect(scenario.sent).toEqual([])
  scenario.current(currentWith(madePool({})))
  scenario.until(60_000)
  expect(scenario.subjects()).toEqual([' 30.0 [holdfast] lb1: dns.ns2 ADDED'])
})

describe('a flap', () => {
  test('is digested, and ends with what is true', () => {
    const scenario = createOutboxScenario()
    const [sound, broken] = [madePool({}), madePool({ serverStates: [H, 'failed', H] })]
    for (let atMs = 0; atMs < 50_000; atMs += 10_000) {
      scenario.until(atMs)
      scenario.current(currentWith(broken))
      for (const event of eventsOf(sound, broken, atMs)) scenario.event(event)
      scenario.until(atMs + 5000)
      scenario.current(currentWith(sound))
      for (const event of eventsOf(broken, sound, atMs + 5000)) scenario.event(event)
    }
    scenario.until(HOUR_MS)
    expect(scenario.subjects()).toEqual([
      `  2.0 [holdfast] lb1: dns.ns2 REMOVED: ${TIMEOUT}`,
      ' 62.0 [holdfast] lb1: dns.ns2 ADDED (9 transitions)',
    ])
    const [, digest] = scenario.sent
    expect(digest?.message.body.match(/dns\.ns2 {2}(REMOVED|ADDED) /g)).toHaveLength(9)
  })

  test('that nobody asked for is told nobody', () => {
    const scenario = createOutboxScenario({ channel: { events: ['dead', 'service'] } })
    const [sound, broken] = [madePool({}), madePool({ serverStates: [H, 'failed', H] })]
    scenario.current(currentWith(broken))
    for (const event of eventsOf(sound, broken, 0)) scenario.event(event)
    scenario.until(HOUR_MS)
    expect(scenario.sent).toEqual([])
    expect(scenario.outbox.items).toEqual([])
  })
})

test('what is spooled of a real server comes back whole', () => {
  const [event] = eventsOf(madePool({}), madePool({ serverStates: [H, 'failed', H] }), 0)
  if (event === undefined) throw new Error('nothing happened')
  expect<unknown>(decodeEvent(event.id, encodeEvent(event))).toEqual(event)
})

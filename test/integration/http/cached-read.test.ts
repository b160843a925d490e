import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Env } from '../../../src/runtime/env.ts'
import { countBindings } from '../../support/counting.ts'
import type { Counter } from '../../support/counting.ts'
import { addKey, attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let home: Harness
let harness: Harness
let lines: string[] = []
const path = '/api/factory/1'

/** People at an isolate that remembers, with a copy of the payload in KV. */
const at = (bindings: Partial<Env> = {}) =>
  attachClients(
    newIsolate(home.clock, { MEMORY_SECONDS: '5', LOG_SAMPLE: '0', ...bindings }, (line) => lines.push(line)),
    home.clock,
  )
beforeEach(async () => {
  home = await createHarness()
  await addKey(1, 'limited', 'viewer', { factories: '[1]' })
  await home.viewer.get(path)
  await home.settle()
  lines = []
  harness = at()
})

/** How many answers went the short way: they alone find nobody to ask for a route. */
const shortWays = async (act: () => Promise<unknown>): Promise<number> => {
  let general = 0
  let all = 0
  const { servedFrom } = harness.isolate.memory
  const noting = vi.spyOn(servedFrom, 'set').mockImplementation(function (this: typeof servedFrom, request, from) {
    general++
    return WeakMap.prototype.set.call(this, request, from) as typeof servedFrom
  })
  const recalling = vi.spyOn(harness.isolate.memory.payloads, 'get')
  await act()
  all = recalling.mock.calls.length
  noting.mockRestore()
  recalling.mockRestore()
  return all > 0 && general === 0 ? 1 : 0
}

/** Has an actor answered from memory by the general way, until the short way knows the answer. */
const learn = async (actor = harness.viewer, headers: Record<string, string> = {}) => {
  for (let time = 0; time < 3; time++) {
    await actor.get(path, headers)
    await harness.settle()
  }
}
const told = async (response: Response) => ({
  status: response.status,
  body: await response.text(),
  headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'x-request-id')),
})

test('what is answered again is what was answered, to the letter, with a request id of its own', async () => {
  await learn()
  const again = await harness.viewer.get(path)
  expect(await shortWays(() => harness.viewer.get(path))).toBe(1)
  const fresh = at()
  await fresh.viewer.get(path)
  await fresh.settle()
  const general = await fresh.viewer.get(path)
  expect(again.headers.get('X-Request-Id')).not.toBe(general.headers.get('X-Request-Id'))
  expect(await told(again)).toEqual(await told(general))
  const tag = { 'If-None-Match': again.headers.get('ETag')! }
  expect(await told(await harness.viewer.get(path, tag))).toEqual(await told(await fresh.viewer.get(path, tag)))
  expect((await harness.viewer.get(path, tag)).status).toBe(304)
  expect((await harness.viewer.get(path, { 'X-Request-Id': 'gateway-7' })).headers.get('X-Request-Id')).toBe('gateway-7')
  expect((await harness.viewer.get(path, { 'X-Request-Id': 'a b' })).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('whoever has no key is answered apart from who has one', async () => {
  await learn()
  await learn(harness.anonymous)
  expect(await shortWays(() => harness.anonymous.get(path))).toBe(1)
  expect((await harness.anonymous.get(path)).headers.get('Cache-Control')).toBe('no-cache')
  expect((await harness.viewer.get(path)).headers.get('Cache-Control')).toBe('private, no-cache')
})

test('what is special goes the general way', async () => {
  await learn()
  const bookmark = (await harness.operator.post('/api/factory/2/chart-data', { time: 60, actual: 1 })).headers.get('x-d1-bookmark')!
  for (const headers of [{ 'Want-Repr-Digest': 'sha-256' }, { Accept: 'text/csv' }, { 'If-None-Match': '*' }])
    expect(await shortWays(() => harness.viewer.get(path, headers)), JSON.stringify(headers)).toBe(0)
  expect((await harness.viewer.get(path, { 'x-d1-bookmark': bookmark })).headers.get('Cache-Status')).toBe('kv; hit')
  expect(await shortWays(() => harness.viewer.send('HEAD', path))).toBe(0)
  const limited = harness.as('limited')
  await learn(limited)
  expect(await shortWays(() => limited.get(path))).toBe(0)
  const token = { headers: { Authorization: `Token ${apiKeyOf('operator')}` } }
  await harness
    .as(undefined)
    .send('POST', '/api/v2/write?precision=s', { ...token, method: 'POST', body: 'production,factory=0 actual=1i 60' })
  expect((await harness.as(undefined).send('GET', path, token)).status).toBe(401)
})

test.each(['text/csv', 'text/*', 'TEXT/*;q=0.9, application/*;q=0.1', '*/*;q=0.5, application/json;q=0.1', 'application/json;q=0, */*'])(
  'who likes %s better gets CSV, and nobody else does for that',
  async (accept) => {
    const chart = '/api/factory/1/chart-data'
    const typesOf = async (headers: Record<string, string>) => {
      const types: (string | null)[] = []
      for (let time = 0; time < 3; time++) {
        types.push((await harness.viewer.get(chart, headers)).headers.get('Content-Type')!.split(';')[0]!)
        await harness.settle()
      }
      return new Set(types)
    }
    for (let round = 0; round < 2; round++) {
      expect(await typesOf({ Accept: accept })).toEqual(new Set(['text/csv']))
      expect(await typesOf({ Accept: '*/*' })).toEqual(new Set(['application/json']))
    }
  },
)

test('a write is seen at once where it was made, and the short way goes on with what it left', async () => {
  await learn()
  await harness.operator.post(`${path}/chart-data`, { time: 60, actual: 1 })
  const timesOf = async () =>
    ((await (await harness.viewer.get(path)).json()) as { factory: { chart_data: { time: number[] } } }).factory.chart_data.time
  expect(await timesOf()).toContain(60)
  await harness.settle()
  await learn()
  expect(await shortWays(timesOf)).toBe(1)
  expect(await timesOf()).toContain(60)
})

test('an own commit that no copy has yet is not passed by', async () => {
  await learn()
  harness.isolate.memory.recentCommits.set('1/api/factory/1!', { seq: 1e9, bookmark: 'f'.repeat(60), until: harness.clock.now() + 1_000 })
  expect((await harness.viewer.get(path)).headers.get('Cache-Status')).not.toBe('memory; hit')
})

test('a lease that nears its end is renewed, memory that ends is refilled', async () => {
  const short = at({ LEASE_SECONDS: '60' })
  await learn(short.viewer)
  harness.clock.advance(5_000)
  expect((await harness.viewer.get(path)).headers.get('Cache-Status')).toBe('kv; hit')
  const kept = harness.isolate.memory.payloads.values().next().value!
  kept.metadata = { ...kept.metadata, leasedUntil: harness.clock.now() + 1_000 }
  await learn()
  expect(
    (await env.DB.prepare('select leased_until from copies where path = ?').bind('1/api/factory/1').first<number>('leased_until'))!,
  ).toBeGreaterThan(harness.clock.now() + 1_000_000)
})

describe('from KV', () => {
  let counter: Counter
  /** People at an isolate that keeps no payload, and asks KV each time. */
  const withoutMemory = (bindings: Partial<Env> = {}) => {
    counter = countBindings(env as unknown as Env)
    return at({ MEMORY_SECONDS: '0', CACHE: counter.env.CACHE, ...bindings })
  }

  test('it is answered again to the letter too, for one read of KV', async () => {
    harness = withoutMemory()
    await learn()
    counter.take()
    expect(await shortWays(() => harness.viewer.get(path))).toBe(1)
    expect(counter.take().kvReads).toBe(1)
    const again = await harness.viewer.get(path)
    const tag = { 'If-None-Match': again.headers.get('ETag')! }
    const known = await harness.viewer.get(path, tag)
    expect(known.status).toBe(304)
    harness.isolate.memory.responses.clear()
    expect(await told(again)).toEqual(await told(await harness.viewer.get(path)))
    harness.isolate.memory.responses.clear()
    expect(await told(known)).toEqual(await told(await harness.viewer.get(path, tag)))
    expect(again.headers.get('Cache-Status')).toBe('kv; hit')
  })

  test('memory that ended is refilled on the way', async () => {
    await learn()
    harness.clock.advance(5_000)
    expect(await shortWays(() => harness.viewer.get(path))).toBe(1)
    expect((await harness.viewer.get(path)).headers.get('Cache-Status')).toBe('memory; hit')
  })

  test.each([
    ['has another payload by now', (): Promise<unknown> => home.operator.post(`${path}/chart-data`, { time: 60, actual: 1 }), 'kv; hit'],
    ['has none by now', () => env.CACHE.delete('3/1/api/factory/1'), 'kv; fwd=miss'],
  ] as const)('a KV that %s is asked once, and one allowance is spent', async (_, change, status) => {
    const spent: string[] = []
    const limiter: RateLimit = {
      limit: async ({ key }) => {
        spent.push(key)
        return { success: true }
      },
    }
    harness = withoutMemory({ READ_LIMIT: limiter, LOG_SAMPLE: '1' })
    await learn()
    await change()
    await home.settle()
    counter.take()
    spent.length = 0
    lines = []
    expect((await harness.viewer.get(path)).headers.get('Cache-Status')).toBe(status)
    expect(counter.take().kvReads).toBe(1)
    expect(spent).toHaveLength(1)
    expect((JSON.parse(lines[0]!) as { kv: { reads: number } }).kv.reads).toBe(1)
    expect(await (await harness.viewer.get(path)).text()).toBe(await (await home.viewer.get(path)).text())
  })

  test('whoever has no allowance left asks KV for nothing', async () => {
    let success = true
    harness = withoutMemory({ READ_LIMIT: { limit: () => Promise.resolve({ success }) } })
    await learn()
    success = false
    counter.take()
    expect((await harness.viewer.get(path)).status).toBe(429)
    expect(counter.take().kvReads).toBe(0)
  })

  test('a sample is written down as on the general way', async () => {
    harness = withoutMemory({ LOG_SAMPLE: '1' })
    await learn()
    const lineOf = async (): Promise<object> => {
      lines = []
      await harness.viewer.get(path, { 'User-Agent': 'wall', 'X-Request-Id': 'a' })
      return JSON.parse(lines[0]!) as object
    }
    const short = await lineOf()
    harness.isolate.memory.responses.clear()
    expect(short).toEqual(await lineOf())
  })
})

test('a revoked key is refused as soon as elsewhere', async () => {
  await learn()
  await env.DB.prepare("update api_keys set revoked_at = 1 where name = 'viewer'").run()
  harness.clock.advance(30_000)
  expect((await harness.viewer.get(path)).status).toBe(401)
  expect((await harness.viewer.get(path)).status).toBe(401)
})

test('allowances are spent, and who has none left is refused', async () => {
  const spent: string[] = []
  let most = Number.POSITIVE_INFINITY
  const limiter = (name: string): RateLimit => ({
    limit: async ({ key }) => {
      spent.push(`${name} ${key}`)
      return { success: spent.length <= most }
    },
  })
  harness = at({ READ_LIMIT: limiter('read'), BODY_LIMIT: limiter('body') })
  await learn()
  spent.length = 0
  const response = await harness.viewer.get(path)
  expect(spent).toEqual(['read key 1', 'body key 1'])
  await harness.viewer.get(path, { 'If-None-Match': response.headers.get('ETag')! })
  expect(spent).toEqual(['read key 1', 'body key 1', 'read key 1'])
  most = 3
  expect((await harness.viewer.get(path)).status).toBe(429)
  const broken: RateLimit = { limit: () => Promise.reject(new Error('down')) }
  harness = at({ READ_LIMIT: broken })
  await learn()
  expect((await harness.viewer.get(path)).status).toBe(200)
})

test('a sample is written down as on the general way', async () => {
  harness = at({ LOG_SAMPLE: '1' })
  await learn()
  lines = []
  expect(await shortWays(() => harness.viewer.get(path, { 'User-Agent': 'wall', 'X-Request-Id': 'a' }))).toBe(1)
  const [short] = lines.map((line) => JSON.parse(line) as object)
  harness.isolate.memory.responses.clear()
  lines = []
  await harness.viewer.get(path, { 'User-Agent': 'wall', 'X-Request-Id': 'a' })
  expect(short).toEqual(JSON.parse(lines[0]!))
})

test('answers kept are bounded', async () => {
  await learn()
  for (let n = 0; n < 1_000; n++) harness.isolate.memory.responses.set(`${n}`, harness.isolate.memory.responses.values().next().value!)
  harness.isolate.memory.responses.delete(`1 https://api.test${path}`)
  await learn()
  expect(harness.isolate.memory.responses.size).toBe(1)
})

test('secrets are remembered half a minute and bounded, and only of keys that are good', async () => {
  const { keyHashes } = harness.isolate.memory
  await harness.as('nobody').get(path)
  expect(keyHashes.size).toBe(0)
  await harness.viewer.get(path)
  expect(keyHashes.size).toBe(1)
  harness.clock.advance(30_000)
  await harness.operator.get(path)
  expect([...keyHashes.keys()]).toEqual([apiKeyOf('operator')])
})

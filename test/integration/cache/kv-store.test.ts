import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { putEntry, SKEW_MS } from '../../../src/cache/kv-store.ts'
import { kvKey, PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { TimeoutError } from '../../../src/runtime/clock.ts'
import type { EntryMetadata } from '../../../src/runtime/isolate.ts'
import { KV_PUTS, makeFaultyKv } from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let world: Harness
const path = '/api/factory/1/profile'
const key = kvKey(`1${path}`, PAYLOAD_VERSION)
const labelOf = async () => (await env.CACHE.getWithMetadata<EntryMetadata>(key)).metadata!

beforeEach(async () => {
  world = await createHarness()
  await world.viewer.get(path)
  await world.settle()
})
afterEach(() => world.settle())

describe('what KV has is a miss and no error', () => {
  const ill: [string, (label: EntryMetadata) => unknown][] = [
    ['without a label', () => undefined],
    ['with a label of another kind', () => 'label'],
    ['of another release', (label) => ({ ...label, version: PAYLOAD_VERSION + 1 })],
    ['of another organisation', (label) => ({ ...label, path: `2${path}` })],
    ['of another path', (label) => ({ ...label, path: '1/api/factory/2/profile' })],
    ['without the commits that it contains', ({ seq: _, ...label }) => label],
    ['without a tag', ({ etag: _, ...label }) => label],
    ['without a bookmark', ({ bookmark: _, ...label }) => label],
    ['with a bookmark that is none', (label) => ({ ...label, bookmark: 'now' })],
    ['without a lease', ({ leasedUntil: _, ...label }) => label],
    ['past its lease', (label) => ({ ...label, leasedUntil: world.clock.now() + SKEW_MS })],
  ]

  test.each(ill)('%s', async (_, spoil) => {
    const label = await labelOf()
    const metadata = spoil(label)
    await env.CACHE.put(key, '{"name":"wrong"}', metadata === undefined ? {} : { metadata })
    // Also to one who has the bytes of its tag, whom the body is not read for.
    for (const headers of [{}, { 'If-None-Match': '"another"' }] as Record<string, string>[]) {
      const response = await world.viewer.get(path, headers)
      expect([response.status, response.headers.get('Cache-Status')]).toEqual([200, 'kv; fwd=miss'])
      expect(await response.json()).toMatchObject({ id: 1, name: null })
      await env.CACHE.put(key, '{"name":"wrong"}', metadata === undefined ? {} : { metadata })
    }
  })

  test('though KV has nothing under it but a label for one who knows its tag', async () => {
    const label = await labelOf()
    await env.CACHE.put(key, '{"name":"wrong"}', { metadata: { ...label, leasedUntil: 0 } })
    const response = await world.viewer.get(path, { 'If-None-Match': label.etag })
    expect([response.status, response.headers.get('Cache-Status')]).toEqual([304, 'kv; fwd=miss'])
  })
})

describe('a bookmark of a future that nobody has seen', () => {
  const forged = `0fffffff-ffffffff-ffffffff-${'f'.repeat(32)}`
  const statusOf = async (headers: Record<string, string>, reader = world.viewer) => {
    const response = await reader.get(path, headers)
    await response.text()
    await world.settle()
    return [response.status, response.headers.get('Cache-Status')]
  }

  test('is answered, and labels nothing', async () => {
    const [status] = await statusOf({ 'x-d1-bookmark': forged })
    expect(status).toBe(200)
    await world.engineer.patch('/api/factory/1', { name: 'x' })
    await world.settle()
    expect((await labelOf()).bookmark < forged).toBe(true)
    await env.CACHE.delete(key)
    expect(await statusOf({ 'x-d1-bookmark': forged })).toEqual([200, 'kv; fwd=miss'])
  })

  test('vouches for no copy: another isolate that reads with a true one sees the write', async () => {
    const elsewhere = world.elsewhere(newIsolate(world.clock, { MEMORY_SECONDS: '60' }))
    await statusOf({ 'x-d1-bookmark': forged }, elsewhere.viewer)
    const bookmark = (await world.engineer.patch('/api/factory/1', { name: 'Later' })).headers.get('x-d1-bookmark')!
    const response = await elsewhere.viewer.get(path, { 'x-d1-bookmark': bookmark })
    expect(await response.json()).toMatchObject({ name: 'Later' })
  })

  test('is no way past the limits', async () => {
    const spent = newIsolate(world.clock, { READ_LIMIT: { limit: async () => ({ success: false }) } })
    expect((await statusOf({ 'x-d1-bookmark': forged }, world.elsewhere(spent).viewer))[0]).toBe(429)
  })

  test.each(['', 'now', forged.toUpperCase(), `${forged}0`, `${forged} or 1`])(
    'and what is no bookmark at all is refused: %j',
    async (none) => {
      const response = await world.viewer.get(path, { 'x-d1-bookmark': none })
      expect(response.status).toBe(400)
    },
  )
})

describe('putEntry tells whether a put may land later', () => {
  test.each([
    ['done', 'none', ''],
    ['rejected', 'fails', 'KV PUT failed: 429 Too Many Requests'],
    ['rejected', 'fails', KV_PUTS],
    ['unknown', 'fails', 'KV PUT failed: 500 Internal Server Error'],
  ] as const)('"%s" when KV %s: %s', async (outcome, fault, words) => {
    const kv = makeFaultyKv()
    Object.assign(kv, { writes: fault, words })
    const isolate = newIsolate(world.clock, { CACHE: kv.binding })
    expect(await putEntry(isolate, new Uint8Array(1), await labelOf())).toBe(outcome)
  })

  test('"unknown" when KV takes longer than the limit, even if the error of the clock mentions 429', async () => {
    const within = vi.spyOn(world.clock, 'withTimeout').mockRejectedValue(new TimeoutError('longer than 429 ms'))
    const outcome = putEntry(world.isolate, new Uint8Array(1), await labelOf())
    expect(await outcome.finally(() => within.mockRestore())).toBe('unknown')
  })
})

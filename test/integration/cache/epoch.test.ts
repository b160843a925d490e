import { env } from 'cloudflare:workers'
import { drizzle } from 'drizzle-orm/d1'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { advanceEpoch } from '../../../src/cache/epoch.ts'
import { PAYLOAD_VERSION } from '../../../src/documents/path.ts'
import { startCacheEpoch } from '../../../src/commands/bump-cache-epoch.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { TestClient, Harness } from '../../support/harness.ts'

let world: Harness
/** Another isolate, which keeps what it has served for long. */
let elsewhere: Harness
const path = '/api/factory/1/profile'

beforeEach(async () => {
  world = await createHarness({ MEMORY_SECONDS: '60' })
  elsewhere = world.elsewhere(newIsolate(world.clock, { MEMORY_SECONDS: '60' }))
})
afterEach(async () => {
  await world.settle()
  await elsewhere.settle()
})

const read = async (reader: TestClient, headers: Record<string, string> = {}) => {
  const response = await reader.get(path, headers)
  const { name } = (await response.json()) as { name: string | null }
  await world.settle()
  await elsewhere.settle()
  return [name, response.headers.get('Cache-Status')]
}
const rename = async (name: string | null, by = world) => {
  const response = await by.engineer.patch('/api/factory/1', { name })
  await by.settle()
  return response.headers.get('x-d1-bookmark')!
}
const keysOfKv = async () => (await env.CACHE.list()).keys.map(({ name }) => name)
const forgetAll = async () => {
  for (const statement of startCacheEpoch()) await drizzle(env.DB).run(statement)
}

/** Puts the tables that matter here back to what they are now, once it is called. */
const rememberState = async () => {
  const tables = ['factories', 'copies', 'changes', 'epochs', 'sqlite_sequence']
  const kept = await env.DB.batch<Record<string, unknown>>(tables.map((table) => env.DB.prepare(`select * from ${table}`)))
  return async () => {
    await env.DB.batch(
      tables.flatMap((table, index) => [
        env.DB.prepare(`delete from ${table}`),
        ...kept[index]!.results.map((row) =>
          env.DB.prepare(`insert into ${table} values (${Object.keys(row).fill('?').join(', ')})`).bind(...Object.values(row)),
        ),
      ]),
    )
  }
}

test('after a restore, what KV and memory hold of the future that was undone is not served once the copies are forgotten', async () => {
  await read(world.viewer)
  const restore = await rememberState()
  await rename('Future')
  expect(await read(elsewhere.viewer)).toEqual(['Future', 'kv; hit'])
  await restore()
  expect(await read(elsewhere.viewer)).toEqual(['Future', 'memory; hit'])
  world.clock.advance(61_000)
  // The directory was restored too, and finds nothing wrong with what KV has: nothing but forgetting helps.
  expect(await read(elsewhere.viewer)).toEqual(['Future', 'kv; hit'])

  await forgetAll()
  world.clock.advance(30_000)
  for (const { viewer } of [world, elsewhere]) {
    const [name, status] = await read(viewer)
    expect([name, status]).toEqual([null, expect.stringMatching(/^kv; (hit|fwd=miss)$/)])
  }
  expect(await read(world.viewer)).toEqual([null, 'memory; hit'])
})

test('an isolate in use learns of it in the background, after 20 seconds', async () => {
  await read(world.viewer)
  await forgetAll()
  world.clock.advance(20_000)
  expect((await read(world.viewer))[1]).toBe('memory; hit')
  expect((await read(world.viewer))[1]).toBe('kv; fwd=miss')
})

test('writes after it are right at once, even where another isolate has not heard of it', async () => {
  await read(world.viewer)
  for (const known of [elsewhere.viewer, elsewhere.engineer]) await read(known)
  await forgetAll()
  world.clock.advance(30_000)
  // One asks anew, the other was told lately.
  elsewhere.isolate.memory.identityCache.forEach((known) =>
    Object.assign(known, { queriedAt: world.clock.now(), nextQueryAt: world.clock.now() + 20_000 }),
  )
  await read(world.viewer)
  const bookmark = await rename('Present', elsewhere)
  expect(elsewhere.isolate.memory.epoch).toBe(0)
  expect((await read(world.viewer, { 'x-d1-bookmark': bookmark }))[0]).toBe('Present')
  expect((await read(elsewhere.viewer))[0]).toBe('Present')
  await rename('Later')
  expect((await read(world.viewer))[0]).toBe('Later')
  world.clock.advance(30_000)
  expect((await read(elsewhere.viewer))[0]).toBe('Later')
})

test('old copies go from KV at the next comparison, and an isolate that does nothing but cron learns of it too', async () => {
  await read(world.viewer)
  const before = await keysOfKv()
  await forgetAll()
  const { isolate } = world.elsewhere(newIsolate(world.clock))
  for (let minute = 0; minute < 5; minute++) {
    await runCron(isolate, minute * 60_000)
    world.clock.advance(60_000)
  }
  const [{ epoch }] = (await env.DB.prepare('select max(number) as epoch from epochs').all<{ epoch: number }>()).results as [
    { epoch: number },
  ]
  expect(isolate.memory.epoch).toBe(epoch)
  const after = await keysOfKv()
  expect(before.length).toBeGreaterThan(0)
  expect(after.filter((key) => before.includes(key))).toEqual([])
  expect(after.length).toBeGreaterThan(0)
  for (const key of after) expect(key).toMatch(new RegExp(`^${epoch * 1_000 + PAYLOAD_VERSION}/1/api/`))
})

test('each epoch is later than any before it, and an earlier one is old news', async () => {
  await forgetAll()
  await forgetAll()
  const { results } = await env.DB.prepare('select number from epochs order by number').all<{ number: number }>()
  expect(new Set(results.map(({ number }) => number)).size).toBe(2)
  const { isolate } = world
  advanceEpoch(isolate, 7)
  advanceEpoch(isolate, 5)
  expect(isolate.memory.epoch).toBe(7)
})

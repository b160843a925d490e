import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIdentityCache } from '../../../src/auth/identity-cache.ts'
import { getState } from '../../../src/runtime/state.ts'
import { createIsolate } from '../../../src/runtime/isolate.ts'
import { addKey, attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a revoked key writes nothing from that moment on, and reads nothing after 30 seconds, at any isolate.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.drain())

const chart = '/api/factory/1/chart-data'
const run = (statement: string) => env.DB.prepare(statement).run()

/** Ways to end the access of a key, unknown to any isolate, and the status that the key gets afterwards. */
const ends: [name: string, act: () => Promise<unknown>, status: number][] = [
  ['revoked', () => run(`update api_keys set revoked_at = 1 where name = 'target'`), 401],
  ['expired by an update', () => run(`update api_keys set expires_at = 1 where name = 'target'`), 401],
  ['demoted', () => run(`update api_keys set role = 'viewer' where name = 'target'`), 403],
  ['limited to other factories', () => run(`update api_keys set factories = '[0]' where name = 'target'`), 404],
  ['without its organisation', () => run('update organisations set deleted_at = 1 where pk = 1'), 401],
]

test('a key limited to some factories reads the catalogue and cannot change it, also at an isolate that cached it without limits', async () => {
  await addKey(1, 'target', 'engineer')
  const measures = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
  expect((await harness.as('target').put('/api/sprocket/1', measures)).status).toBe(200)
  await run(`update api_keys set factories = '[0,1,2]' where name = 'target'`)
  for (const at of [harness, attachClients(newIsolate(harness.clock), harness.clock)]) {
    const target = at.as('target')
    expect((await target.get('/api/sprocket/1')).status).toBe(200)
    for (const response of [
      await target.post('/api/sprockets', measures),
      await target.put('/api/sprocket/1', { ...measures, teeth: 8 }),
      await target.patch('/api/sprocket/1', { teeth: 8 }),
      await target.delete('/api/sprocket/1'),
    ]) {
      await problemOf(response, 403)
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer error="insufficient_scope"')
    }
  }
  expect(await (await harness.viewer.get('/api/sprocket/1')).json()).toMatchObject(measures)
})

describe.each(ends)('a key that is %s', (_, act, status) => {
  test('a key whose access has ended writes nothing from that moment on, at any isolate', async () => {
    await addKey(1, 'target', 'engineer')
    const isolates = Array.from({ length: 4 }, () => attachClients(newIsolate(harness.clock), harness.clock))
    // Three isolates cache the key at different times, and one never does.
    for (const at of isolates.slice(0, 3)) {
      expect((await at.as('target').post(chart, { time: 60, actual: 1 })).status).toBe(200)
      harness.clock.advance(10_000)
    }
    await act()
    const count = async () => (await env.DB.prepare('select count(*) as n from audit_log').first<{ n: number }>())!.n
    const before = await count()
    for (const at of isolates) {
      expect((await at.as('target').post(chart, { time: 120, actual: 1 })).status).toBe(status)
      expect((await at.as('target').put('/api/factory/1/chart-data', { readings: [] })).status).toBe(status)
    }
    expect(await count()).toBe(before)
    for (const at of isolates) await at.drain()
  })

  test('a key whose access has ended reads nothing after 30 seconds, regardless of earlier reads', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 1, max: 29 }), { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 40 }),
        async (pauses, revokedAt) => {
          harness = await createHarness()
          await addKey(1, 'target', 'engineer')
          const startedAt = harness.clock.now()
          const isolates = pauses.map((each) => ({
            at: attachClients(newIsolate(harness.clock), harness.clock),
            reads: new Set(sums(each)),
          }))
          for (let second = 0; second <= 80; second++) {
            if (second === revokedAt) await act()
            for (const { at, reads } of isolates) {
              if (!reads.has(second) && second !== revokedAt + 30) continue
              const { status: read } = await at.as('target').get('/api/factory/1')
              await at.drain()
              // A demoted key may still read.
              const after = status === 403 ? 200 : status
              if (second < revokedAt) expect(read).toBe(200)
              if (second >= revokedAt + 30) expect(read).toBe(after)
            }
            harness.clock.advance(startedAt + (second + 1) * 1000 - harness.clock.now())
          }
        },
      ),
      { numRuns: 4 },
    )
  })
})

const sums = (steps: number[]): number[] => {
  let sum = 0
  return steps.map((step) => (sum += step))
}

test('readings for several factories are rejected together if the key has lost some of them since its last use', async () => {
  await addKey(1, 'target', 'operator')
  const readings = [0, 1].map((factory) => ({ factory, time: 60, actual: 1 }))
  expect((await harness.as('target').post('/api/readings', { readings: [] })).status).toBe(200)
  await run(`update api_keys set factories = '[0]' where name = 'target'`)
  expect((await harness.as('target').post('/api/readings', { readings })).status).toBe(409)
  expect((await harness.viewer.get('/api/factory/0/chart-data/60')).status).toBe(404)
})

test('the validity of keys is never queried at a replica', async () => {
  const starts: string[] = []
  const watched = new Proxy(env.DB, {
    get: (database, name) => {
      if (name !== 'withSession') return Reflect.get(database, name) as unknown
      return (start: string) => {
        const session = database.withSession(start)
        return {
          getBookmark: () => session.getBookmark(),
          batch: (statements: D1PreparedStatement[]) => session.batch(statements),
          prepare: (query: string) => {
            if (/"(api_keys|organisations)"\."deleted_at"|"api_keys"\."hash"|"organisations"\."slug" =/.test(query)) starts.push(start)
            return session.prepare(query)
          },
        }
      }
    },
  })
  const at = attachClients(newIsolate(harness.clock, { DB: watched }), harness.clock)
  for (let n = 0; n < 10; n++) {
    await at.viewer.get('/api/factory/1')
    await at.anonymous.get('/api/factory/1')
    await at.as('nobody').get('/api/factory/1')
    await at.drain()
    harness.clock.advance(7_000)
  }
  expect(starts.length).toBeGreaterThan(5)
  expect(new Set(starts)).toEqual(new Set(['first-primary']))
})

test('a key in use is refreshed in the background, so no request waits for it', async () => {
  const at = attachClients(newIsolate(harness.clock), harness.clock)
  await at.viewer.get('/api/factory/1')
  await at.drain()
  const { identities } = getState(at.isolate, createIdentityCache)
  let lookups = 0
  for (let second = 0; second < 120; second += 5) {
    harness.clock.advance(5_000)
    const asking = identities.size
    const before = [...identities.values()][0]!
    await at.viewer.get('/api/factory/1')
    expect(identities.size).toBe(asking)
    expect(harness.clock.now() - before.queriedAt).toBeLessThan(30_000)
    await at.drain()
    if ([...identities.values()][0]!.queriedAt !== before.queriedAt) lookups++
  }
  expect(lookups).toBeGreaterThanOrEqual(4)
  expect(lookups).toBeLessThanOrEqual(6)
})

test('a rotated key is valid until its overlap ends, to the millisecond', async () => {
  await addKey(1, 'target', 'viewer', { expires_at: harness.clock.now() + 10_000 })
  expect((await harness.as('target').get('/api/factory/1')).status).toBe(200)
  harness.clock.advance(9_999)
  expect((await harness.as('target').get('/api/factory/1')).status).toBe(200)
  harness.clock.advance(1)
  expect((await harness.as('target').get('/api/factory/1')).status).toBe(401)
})

// The only test in real time, with the real clock and bindings, and revocation through the API.
test('in real time, a revocation stops writes at once and reads within 30 seconds', { timeout: 60_000 }, async () => {
  const isolates = Array.from({ length: 3 }, () =>
    attachClients(
      createIsolate({ ...env, LOG_SAMPLE: '0' }, undefined, () => {}),
      harness.clock,
    ),
  )
  const { id, key } = (await (await isolates[0]!.admin.post('/api/keys', { name: 'x', role: 'operator' })).json()) as {
    id: number
    key: string
  }
  for (const at of isolates) expect((await at.as(key).get('/api/factory/1')).status).toBe(200)
  expect((await isolates[0]!.admin.delete(`/api/key/${id}`)).status).toBe(204)
  const revoked = Date.now()
  for (const at of isolates) expect((await at.as(key).post(chart, { time: 60, actual: 1 })).status).toBe(401)
  const bound = await Promise.all(
    isolates.map(async (at) => {
      while ((await at.as(key).get('/api/factory/1')).status === 200) await new Promise((resolve) => setTimeout(resolve, 250))
      return Date.now() - revoked
    }),
  )
  for (const ms of bound) expect(ms).toBeLessThan(31_000)
  for (const at of isolates) await at.drain()
})

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { deleteEntry } from '../../../src/cache/kv-store.ts'
import { runCron } from '../../../src/jobs/cron.ts'
import { findPlatformLimit } from '../../../src/db/platform-limits.ts'
import {
  ACCOUNT_STORAGE,
  DATABASE_SIZE,
  DISK_FULL,
  isCommit,
  isWrite,
  KV_PUTS,
  LOST,
  makeFaultyD1,
  makeFaultyKv,
  ROWS_READ,
  ROWS_WRITTEN,
} from '../../support/fault-injection.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: at a limit of the platform, the API keeps serving cached reads, and rejects writes with a known outcome.

const d1 = makeFaultyD1()
const kv = makeFaultyKv()
let home: Harness
/** An isolate without state of the former test. */
let harness: Harness
let warned: ReturnType<typeof vi.spyOn>[]
beforeAll(async () => {
  home = await createHarness()
})
beforeEach(async () => {
  harness = home.elsewhere(newIsolate(home.clock, { DB: d1.binding, CACHE: kv.binding }))
  await harness.operator.get('/api/factory/1')
  await harness.anonymous.get('/api/factory/1')
  await harness.drain()
  warned = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
})
afterEach(async () => {
  d1.decide = () => undefined
  kv.writes = 'none'
  await harness.drain()
  for (const spy of warned) spy.mockRestore()
})

const rejectAll = (message: string) => {
  d1.decide = () => ({ before: message })
}
const rejectWrites = (message: string) => {
  d1.decide = (trip) => (isWrite(trip) ? { before: message } : undefined)
}
const untilMidnight = () => Math.ceil((86_400_000 - (harness.clock.now() % 86_400_000)) / 1000)
const chart = '/api/factory/1/chart-data'
const json = { 'Content-Type': 'application/json' }

const WRITES: [method: string, path: string, body?: unknown][] = [
  ['POST', chart, { time: 7, actual: 1 }],
  ['POST', '/api/readings', { readings: [{ factory: 1, time: 7, actual: 1 }] }],
  ['PUT', `${chart}/7`, { actual: 1 }],
  ['DELETE', `${chart}/1611204818`],
  ['PUT', chart, { time: 7, actual: 1 }],
  ['POST', '/api/factories', {}],
  ['PATCH', '/api/factory/1', { name: 'x' }],
  ['DELETE', '/api/factory/1'],
  ['DELETE', '/api/sprocket/1'],
  ['POST', '/api/keys', { name: 'x', role: 'viewer' }],
  ['POST', '/api/key/0/rotate', {}],
  ['PATCH', '/api/organisation', { name: 'x' }],
]

const LIMITS = [
  ['rows-read', ROWS_READ, 'quota-exceeded', 503],
  ['rows-written', ROWS_WRITTEN, 'quota-exceeded', 503],
  ['database-size', DATABASE_SIZE, 'database-full', 507],
  ['database-size', DISK_FULL, 'database-full', 507],
  ['account-storage', ACCOUNT_STORAGE, 'database-full', 507],
] as const

describe.each(LIMITS)('a database at its limit of %s (%s)', (name, message, code, status) => {
  const expectRejection = async (response: Response) => {
    const problem = await problemOf(response, status)
    expect(problem.type).toMatch(new RegExp(`#${code}$`))
    if (code !== 'quota-exceeded') return expect(response.headers.get('Retry-After')).toBeNull()
    // A rejection without a valid key is delayed by a second after its text was made.
    const seconds = untilMidnight()
    return expect([seconds, seconds + 1]).toContain(Number(response.headers.get('Retry-After')))
  }

  test('a write at a limit is rejected in one trip, with a known outcome', async () => {
    await harness.admin.get('/api/sprockets')
    await harness.drain()
    rejectWrites(message)
    for (const [method, path, body] of WRITES) {
      d1.trips.length = 0
      await expectRejection(await harness.admin.send(method, path, body ? { body: JSON.stringify(body), headers: json } : {}))
      expect(d1.trips.filter(isWrite), path).toHaveLength(1)
      await harness.drain()
    }
  })

  test('a write with an Idempotency-Key is rejected at a limit, and applied after it has ended', async () => {
    rejectWrites(message)
    const send = () => harness.engineer.post('/api/factories', {}, { 'Idempotency-Key': message.length.toString() })
    await expectRejection(await send())
    d1.decide = () => undefined
    const response = await send()
    expect([response.status, response.headers.get('Idempotent-Replayed')]).toEqual([201, null])
  })

  test('a write succeeds if only its response cannot be saved', async () => {
    d1.trips.length = 0
    d1.decide = (trip) => (trip.sql.startsWith('update "idempotency_records"') ? { before: message } : undefined)
    expect((await harness.engineer.post('/api/factories', {}, { 'Idempotency-Key': `save-${message.length}` })).status).toBe(201)
    await harness.drain()
    expect(d1.trips.filter(({ sql }) => sql.startsWith('update "idempotency_records"'))).toHaveLength(1)
  })

  test('a write at a limit gets outcome-unknown if the response of an earlier attempt was lost', async () => {
    let sent = 0
    d1.decide = (trip) => (isCommit(trip) ? { before: sent++ === 0 ? LOST : message } : undefined)
    const problem = await problemOf(await harness.engineer.post('/api/factories', {}), 503)
    expect(problem.type).toMatch(/#outcome-unknown$/)
    expect(sent).toBe(2)
  })

  test('a write succeeds if its entries cannot be published, and cron publishes them', async () => {
    d1.decide = (trip) => (isCommit(trip) ? undefined : { before: message })
    expect((await harness.operator.post(chart, { time: 7, actual: 1 })).status).toBe(200)
    await harness.drain()
    d1.decide = () => undefined
    harness.clock.advance(61_000)
    await runCron(harness.isolate, harness.clock.now())
    expect(await (await harness.operator.get(`${chart}/7`)).json()).toMatchObject({ actual: 1 })
  })

  test('cached reads are served at a limit, and other reads get its error', async () => {
    rejectAll(message)
    for (const actor of [harness.operator, harness.anonymous])
      expect((await actor.get('/api/factory/1')).headers.get('Cache-Status')).toBe('kv; hit')
    harness.clock.advance(31_000)
    for (const actor of [harness.operator, harness.anonymous])
      expect((await actor.get('/api/factory/1')).headers.get('Cache-Status')).toBe('kv; hit')
    await expectRejection(await harness.operator.get(`${chart}/7`))
    await expectRejection(await harness.as('other-engineer').get('/api/factories'))
    harness.clock.advance(300_000)
    await expectRejection(await harness.operator.get('/api/factory/1'))
  })

  test('a read succeeds if only its lease and the use of its key cannot be written', async () => {
    rejectWrites(message)
    const response = await harness.viewer.get('/api/factory/2')
    expect([response.status, response.headers.get('Cache-Status')]).toEqual([200, 'kv; fwd=miss'])
    await harness.drain()
  })

  test('cron reports a limit for each job, and does not fail', async () => {
    rejectAll(message)
    const did = await runCron(harness.isolate, 0)
    expect(Object.keys(did)).toContain('beat')
    // The harness has no retention, so that job makes no query.
    for (const [job, outcome] of Object.entries(did).filter(([job]) => job !== 'retain'))
      expect(outcome, job).toEqual({ failed: expect.stringContaining(message.slice(10, 40)) })
  })

  test.each([
    ['every statement', rejectAll],
    ['writes only', rejectWrites],
  ])('/ready reports a limit of %s, and not after it has ended', async (_, reject) => {
    await runCron(harness.isolate, harness.clock.now())
    reject(message)
    const response = await harness.anonymous.get('/ready')
    expect([response.status, await response.json()]).toMatchObject([503, { status: 'not ready', database: code, limits: [name], kv: 'ok' }])
    d1.decide = () => undefined
    harness.clock.advance(151_000)
    expect(await (await harness.anonymous.get('/ready')).json()).toMatchObject({ database: 'ok', limits: [] })
  })
})

test('/ready reports the daily limit of KV, and a delete at that limit is rejected, not unknown', async () => {
  await runCron(harness.isolate, harness.clock.now())
  kv.writes = 'fails'
  kv.message = KV_PUTS
  expect((await harness.operator.post(chart, { time: 8, actual: 1 })).status).toBe(200)
  expect(await deleteEntry(harness.isolate, { path: '1/api/factory/1', version: 2 })).toBe('rejected')
  const response = await harness.anonymous.get('/ready')
  expect([response.status, await response.json()]).toMatchObject([503, { kv: 'quota-exceeded', limits: ['kv-operations'] }])
})

test('findPlatformLimit ignores an error that only quotes a limit', () => {
  const error = (message: string, cause?: Error) => new Error(message, { cause })
  for (const quoting of [
    error(`Unexpected token 'D', "${ROWS_READ}" is not valid JSON`),
    error(`The name is ${DISK_FULL}`),
    error('x', error(`D1_ERROR: malformed JSON: ${DATABASE_SIZE}`)),
  ])
    expect(findPlatformLimit(quoting)).toBe(undefined)
  expect(findPlatformLimit(error('outside', error('Exceeded maximum DB size')))).toBe('database-size')
})

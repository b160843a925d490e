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

const d1 = makeFaultyD1()
const kv = makeFaultyKv()
let home: Harness
/** An isolate that remembers nothing of the test before. */
let world: Harness
let warned: ReturnType<typeof vi.spyOn>[]
beforeAll(async () => {
  home = await createHarness()
})
beforeEach(async () => {
  world = home.elsewhere(newIsolate(home.clock, { DB: d1.binding, CACHE: kv.binding }))
  await world.operator.get('/api/factory/1')
  await world.anonymous.get('/api/factory/1')
  await world.settle()
  warned = (['error', 'warn'] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}))
})
afterEach(async () => {
  d1.decide = () => undefined
  kv.writes = 'none'
  await world.settle()
  for (const spy of warned) spy.mockRestore()
})

const refuseAll = (words: string) => {
  d1.decide = () => ({ before: words })
}
const refuseWrites = (words: string) => {
  d1.decide = (trip) => (isWrite(trip) ? { before: words } : undefined)
}
const untilMidnight = () => Math.ceil((86_400_000 - (world.clock.now() % 86_400_000)) / 1000)
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

describe.each(LIMITS)('a database at its limit of %s (%s)', (name, words, code, status) => {
  const expectRefusal = async (response: Response) => {
    const problem = await problemOf(response, status)
    expect(problem.type).toMatch(new RegExp(`#${code}$`))
    if (code !== 'quota-exceeded') return expect(response.headers.get('Retry-After')).toBeNull()
    // A refusal to a client without a valid key is held back for a second after it was worded.
    const left = untilMidnight()
    return expect([left, left + 1]).toContain(Number(response.headers.get('Retry-After')))
  }

  test('refuses every write in one trip, with a known outcome', async () => {
    await world.admin.get('/api/sprockets')
    await world.settle()
    refuseWrites(words)
    for (const [method, path, body] of WRITES) {
      d1.trips.length = 0
      await expectRefusal(await world.admin.send(method, path, body ? { body: JSON.stringify(body), headers: json } : {}))
      expect(d1.trips.filter(isWrite), path).toHaveLength(1)
      await world.settle()
    }
  })

  test('refuses a write with an Idempotency-Key, and does it once the limit has ended', async () => {
    refuseWrites(words)
    const send = () => world.engineer.post('/api/factories', {}, { 'Idempotency-Key': words.length.toString() })
    await expectRefusal(await send())
    d1.decide = () => undefined
    const response = await send()
    expect([response.status, response.headers.get('Idempotent-Replayed')]).toEqual([201, null])
  })

  test('answers a write whose answer cannot be kept', async () => {
    d1.trips.length = 0
    d1.decide = (trip) => (trip.sql.startsWith('update "answers"') ? { before: words } : undefined)
    expect((await world.engineer.post('/api/factories', {}, { 'Idempotency-Key': `kept-${words.length}` })).status).toBe(201)
    await world.settle()
    expect(d1.trips.filter(({ sql }) => sql.startsWith('update "answers"'))).toHaveLength(1)
  })

  test('does not take a write for refused whose first answer was lost', async () => {
    let sent = 0
    d1.decide = (trip) => (isCommit(trip) ? { before: sent++ === 0 ? LOST : words } : undefined)
    const problem = await problemOf(await world.engineer.post('/api/factories', {}), 503)
    expect(problem.type).toMatch(/#outcome-unknown$/)
    expect(sent).toBe(2)
  })

  test('answers a write whose copies cannot be published, and leaves them to cron', async () => {
    d1.decide = (trip) => (isCommit(trip) ? undefined : { before: words })
    expect((await world.operator.post(chart, { time: 7, actual: 1 })).status).toBe(200)
    await world.settle()
    d1.decide = () => undefined
    world.clock.advance(61_000)
    await runCron(world.isolate, world.clock.now())
    expect(await (await world.operator.get(`${chart}/7`)).json()).toMatchObject({ actual: 1 })
  })

  test('still serves what is cached, and refuses the rest of the reads by its name', async () => {
    refuseAll(words)
    for (const actor of [world.operator, world.anonymous])
      expect((await actor.get('/api/factory/1')).headers.get('Cache-Status')).toBe('kv; hit')
    world.clock.advance(31_000)
    for (const actor of [world.operator, world.anonymous])
      expect((await actor.get('/api/factory/1')).headers.get('Cache-Status')).toBe('kv; hit')
    await expectRefusal(await world.operator.get(`${chart}/7`))
    await expectRefusal(await world.as('stranger').get('/api/factories'))
    world.clock.advance(300_000)
    await expectRefusal(await world.operator.get('/api/factory/1'))
  })

  test('answers reads that only cannot be leased or noted', async () => {
    refuseWrites(words)
    const response = await world.viewer.get('/api/factory/2')
    expect([response.status, response.headers.get('Cache-Status')]).toEqual([200, 'kv; fwd=miss'])
    await world.settle()
  })

  test('makes cron report it job by job, and not fail', async () => {
    refuseAll(words)
    const did = await runCron(world.isolate, 0)
    expect(Object.keys(did)).toContain('beat')
    // Nothing is to be retained for ever here, so that job asks nothing.
    for (const [job, outcome] of Object.entries(did).filter(([job]) => job !== 'retain'))
      expect(outcome, job).toEqual({ failed: expect.stringContaining(words.slice(10, 40)) })
  })

  test.each([
    ['every statement', refuseAll],
    ['writes alone', refuseWrites],
  ])('is told by /ready where it concerns %s, and no longer once it has ended', async (_, refuse) => {
    await runCron(world.isolate, world.clock.now())
    refuse(words)
    const response = await world.anonymous.get('/ready')
    expect([response.status, await response.json()]).toMatchObject([503, { status: 'not ready', database: code, limits: [name], kv: 'ok' }])
    d1.decide = () => undefined
    world.clock.advance(151_000)
    expect(await (await world.anonymous.get('/ready')).json()).toMatchObject({ database: 'ok', limits: [] })
  })
})

test('the daily limit of KV is told by /ready, and a put that meets it is refused rather than in doubt', async () => {
  await runCron(world.isolate, world.clock.now())
  kv.writes = 'fails'
  kv.words = KV_PUTS
  expect((await world.operator.post(chart, { time: 8, actual: 1 })).status).toBe(200)
  expect(await deleteEntry(world.isolate, { path: '1/api/factory/1', version: 2 })).toBe('rejected')
  const response = await world.anonymous.get('/ready')
  expect([response.status, await response.json()]).toMatchObject([503, { kv: 'quota-exceeded', limits: ['kv-operations'] }])
})

test('an error whose text quotes a limit further inside is none', () => {
  const error = (message: string, cause?: Error) => new Error(message, { cause })
  for (const quoting of [
    error(`Unexpected token 'D', "${ROWS_READ}" is not valid JSON`),
    error(`The name is ${DISK_FULL}`),
    error('x', error(`D1_ERROR: malformed JSON: ${DATABASE_SIZE}`)),
  ])
    expect(findPlatformLimit(quoting)).toBe(undefined)
  expect(findPlatformLimit(error('outside', error('Exceeded maximum DB size')))).toBe('database-size')
})

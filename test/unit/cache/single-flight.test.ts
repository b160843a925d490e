import { beforeEach, expect, test } from 'vitest'
import type { Payload } from '../../../src/cache/assemble.ts'
import { singleFlight } from '../../../src/cache/single-flight.ts'
import type { RequestIsolate } from '../../../src/runtime/isolate.ts'
import { createState } from '../../../src/runtime/state.ts'

// Promise: concurrent callers share one call, and a failed call is not shared with later ones.

let isolate: RequestIsolate
let limits: number[]
/** Work that keeps the request of a leader alive. */
let waiting: Promise<unknown>[]
beforeEach(() => {
  limits = []
  waiting = []
  const withTimeout = async <T>(ms: number, work: Promise<T>) => {
    limits.push(ms)
    return work
  }
  const request = { waitUntil: (work: Promise<unknown>) => void waiting.push(work) }
  isolate = { state: createState(), clock: { withTimeout }, request } as unknown as RequestIsolate
})

const payload = (etag: string): Payload => ({ body: new Uint8Array(), etag })
const run = (name: string, render: () => Promise<Payload | null>) => singleFlight(isolate, name, render)

test('singleFlight gives followers the payload of their leader, for which they wait up to 1 s', async () => {
  const rendering = Promise.withResolvers<Payload>()
  const leader = run('a', () => rendering.promise)
  const follower = run('a', async () => payload('own'))
  const other = run('b', async () => payload('other'))
  rendering.resolve(payload('shared'))
  expect((await Promise.all([leader, follower, other])).map((each) => each!.etag)).toEqual(['shared', 'shared', 'other'])
  expect([limits, waiting.length]).toEqual([[1_000], 2])
})

test.each(['succeeds', 'fails'])('singleFlight renders again for a reader after the leader %s', async (end) => {
  await run('a', () => (end === 'fails' ? Promise.reject(new Error('lost')) : Promise.resolve(payload('old')))).catch(() => {})
  expect(await run('a', async () => payload('new'))).toEqual(payload('new'))
  expect(limits).toEqual([])
})

test('singleFlight lets later readers wait for no leader that takes too long, also after that leader has ended', async () => {
  const [slow, second] = [Promise.withResolvers<Payload>(), Promise.withResolvers<Payload>()]
  const leader = run('a', () => slow.promise)
  isolate.clock.withTimeout = () => Promise.reject(new Error('timeout'))
  expect(await run('a', async () => payload('own'))).toEqual(payload('own'))
  isolate.clock.withTimeout = (_, work) => work
  const next = run('a', () => second.promise)
  slow.resolve(payload('slow'))
  expect(await leader).toEqual(payload('slow'))
  const follower = run('a', async () => payload('other'))
  second.resolve(payload('second'))
  expect(await Promise.all([next, follower])).toEqual([payload('second'), payload('second')])
})

test('singleFlight lets a follower render if its leader fails, and the work that keeps the leader alive does not reject', async () => {
  const rendering = Promise.withResolvers<Payload>()
  const leader = run('a', () => rendering.promise)
  const follower = run('a', async () => payload('own'))
  rendering.reject(new Error('lost'))
  await expect(leader).rejects.toThrow('lost')
  expect(await follower).toEqual(payload('own'))
  await expect(Promise.all(waiting)).resolves.toHaveLength(1)
})

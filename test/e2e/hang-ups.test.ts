import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { KEY, startWorkerProcess } from './interrupted-worker.ts'
import type { WorkerProcess } from './interrupted-worker.ts'

// Promise: a client that disconnects at any moment leaves a whole write or none, and harms no other client.

let directory: string
let worker: WorkerProcess
const chart = '/api/factory/0/chart-data'
const PATHS = ['/api/factories', '/api/factory/0', chart, '/api/factory/0/time']

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hang-ups-'))
  worker = await startWorkerProcess(directory)
  expect((await worker.request('POST', '/api/factories', { name: 'North' })).status).toBe(201)
  for (const path of PATHS) expect((await worker.request('GET', path)).status).toBe(200)
  await waitUntilCurrent()
  // Slows every trip down, so that a request can be interrupted between all of its steps.
  await worker.control('instructions', { slowMs: 15 })
})
afterAll(async () => {
  await worker.kill()
  await rm(directory, { recursive: true, force: true })
})

/** Waits until every entry equals a fresh rendering and none is claimed. No cron runs here. */
const waitUntilCurrent = () =>
  vi.waitFor(async () => expect(await worker.control<string[]>('faults')).toEqual([]), { timeout: 30_000, interval: 200 })

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const requestOf = (method: string, path: string, body = '', more: string[] = []) =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${KEY}`,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
    ...more,
    '',
    body,
  ].join('\r\n')

/** Sends a text over a socket and resets it after this time. Returns what was received until then. */
const sendAndReset = async (text: string, delayMs: number): Promise<string> => {
  const { hostname, port } = new URL(worker.base)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let received = ''
  socket.on('data', (data) => (received += data.toString()))
  socket.on('error', () => {})
  socket.write(text)
  await wait(delayMs)
  socket.resetAndDestroy()
  return received
}

test('the runtime stops a handler whose client has disconnected, which the other tests rely on', async () => {
  await sendAndReset(requestOf('GET', '/test/steps'), 100)
  await wait(600)
  const taken = await worker.control<number>('steps-taken')
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan(20)
})

test('a client that resets its socket at any moment of a write leaves the whole write or none, and current entries', async () => {
  const moments = Array.from({ length: 32 }, (_, index) => index * 6)
  let unanswered = 0
  for (const [index, moment] of moments.entries()) {
    const time = 60 * (index + 1)
    const received = await sendAndReset(
      requestOf('POST', chart, JSON.stringify({ time, actual: time }), [`X-Request-Id: reset-${time}`]),
      moment,
    )
    if (!received.startsWith('HTTP/1.1 200')) unanswered++
  }
  // Incomplete requests have no effect.
  const whole = requestOf('POST', chart, JSON.stringify({ time: 6, actual: 6 }), ['X-Request-Id: reset-6'])
  for (const length of [20, whole.length - 20, whole.length - 1]) await sendAndReset(whole.slice(0, length), 60)

  await waitUntilCurrent()
  const logged = await worker.control(
    'sql',
    `select cast(substr(request_id, 7) as integer) as time from audit_log where request_id like 'reset-%' order by 1`,
  )
  const stored = await worker.control(
    'sql',
    `select start + seconds.value as time from chunks cross join json_each('[' || times || ']') as seconds order by 1`,
  )
  expect(stored).toEqual(logged)
  expect(stored).not.toContainEqual({ time: 6 })
  expect(unanswered).toBeGreaterThan(5)
  // Some writes without a response were applied.
  expect((stored as unknown[]).length).toBeGreaterThan(moments.length - unanswered)
  expect((await worker.request('POST', chart, { time: 9_000, actual: 1 })).status).toBe(200)
  await waitUntilCurrent()
})

test('a client that resets its socket at any moment of a shared miss harms no follower, and blocks no key', async () => {
  const ranges = ['day', 'week', 'month', 'year'].flatMap((last) =>
    ['', '&format=rows', '&format=csv'].map((format) => `?last=${last}${format}`),
  )
  for (const [index, range] of ranges.entries()) {
    const path = `${chart}${range}`
    const leader = sendAndReset(requestOf('GET', path), 10 + index * 12)
    await wait(8)
    const startedAt = performance.now()
    const followers = await Promise.all([worker.request('GET', path), worker.request('GET', path)])
    expect(followers.map(({ status }) => status)).toEqual([200, 200])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(await followers[0]!.text()).toBe(await followers[1]!.text())
    await leader
  }
  await waitUntilCurrent()
  for (const range of ranges)
    await vi.waitFor(async () => expect((await worker.request('GET', `${chart}${range}`)).headers.get('Cache-Status')).toBe('kv; hit'), {
      timeout: 20_000,
      interval: 500,
    })
  await waitUntilCurrent()
})

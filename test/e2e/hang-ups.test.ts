import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { KEY, startVictim } from './interrupted-worker.ts'
import type { Victim } from './interrupted-worker.ts'

let directory: string
let victim: Victim
const chart = '/api/factory/0/chart-data'
const PATHS = ['/api/factories', '/api/factory/0', chart, '/api/factory/0/time']

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hang-ups-'))
  victim = await startVictim(directory)
  expect((await victim.ask('POST', '/api/factories', { name: 'North' })).status).toBe(201)
  for (const path of PATHS) expect((await victim.ask('GET', path)).status).toBe(200)
  await settled()
  // So that a request has as many moments as it has steps.
  await victim.tell('orders', { slowMs: 15 })
})
afterAll(async () => {
  await victim.kill()
  await rm(directory, { recursive: true, force: true })
})

/** Every copy is what a fresh assembly gives, and nobody holds one. No cron fires here. */
const settled = () => vi.waitFor(async () => expect(await victim.tell<string[]>('faults')).toEqual([]), { timeout: 30_000, interval: 200 })

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

/** Sends what a socket is given, and resets it so many milliseconds later. Answers what it heard until then. */
const sendAndReset = async (text: string, afterMs: number): Promise<string> => {
  const { hostname, port } = new URL(victim.base)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let heard = ''
  socket.on('data', (data) => (heard += data.toString()))
  socket.on('error', () => {})
  socket.write(text)
  await wait(afterMs)
  socket.resetAndDestroy()
  return heard
}

test('the runtime stops a handler whose client is gone: else nothing here would show anything', async () => {
  await sendAndReset(requestOf('GET', '/test/steps'), 100)
  await wait(600)
  const taken = await victim.tell<number>('steps-taken')
  expect(taken).toBeGreaterThan(0)
  expect(taken).toBeLessThan(20)
})

test('a client that resets its socket at any moment of a write leaves the whole write or none, and right copies', async () => {
  const moments = Array.from({ length: 32 }, (_, index) => index * 6)
  let unheard = 0
  for (const [index, moment] of moments.entries()) {
    const time = 60 * (index + 1)
    const heard = await sendAndReset(
      requestOf('POST', chart, JSON.stringify({ time, actual: time }), [`X-Request-Id: reset-${time}`]),
      moment,
    )
    if (!heard.startsWith('HTTP/1.1 200')) unheard++
  }
  // What never came whole was never asked.
  const whole = requestOf('POST', chart, JSON.stringify({ time: 6, actual: 6 }), ['X-Request-Id: reset-6'])
  for (const length of [20, whole.length - 20, whole.length - 1]) await sendAndReset(whole.slice(0, length), 60)

  await settled()
  const logged = await victim.tell(
    'sql',
    `select cast(substr(request_id, 7) as integer) as time from changes where request_id like 'reset-%' order by 1`,
  )
  const stored = await victim.tell('sql', 'select time from readings order by 1')
  expect(stored).toEqual(logged)
  expect(stored).not.toContainEqual({ time: 6 })
  expect(unheard).toBeGreaterThan(5)
  // Of those who did not wait for the answer, some were heard nevertheless.
  expect((stored as unknown[]).length).toBeGreaterThan(moments.length - unheard)
  expect((await victim.ask('POST', chart, { time: 9_000, actual: 1 })).status).toBe(200)
  await settled()
})

test('a client that resets its socket at any moment of a miss that others have joined harms none of them, and wedges no key', async () => {
  const ranges = ['day', 'week', 'month', 'year'].flatMap((last) =>
    ['', '&format=rows', '&format=csv'].map((format) => `?last=${last}${format}`),
  )
  for (const [index, range] of ranges.entries()) {
    const path = `${chart}${range}`
    const leader = sendAndReset(requestOf('GET', path), 10 + index * 12)
    await wait(8)
    const begun = performance.now()
    const followers = await Promise.all([victim.ask('GET', path), victim.ask('GET', path)])
    expect(followers.map(({ status }) => status)).toEqual([200, 200])
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(await followers[0]!.text()).toBe(await followers[1]!.text())
    await leader
  }
  await settled()
  for (const range of ranges)
    await vi.waitFor(async () => expect((await victim.ask('GET', `${chart}${range}`)).headers.get('Cache-Status')).toBe('kv; hit'), {
      timeout: 20_000,
      interval: 500,
    })
  await settled()
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startWorkerProcess } from './interrupted-worker.ts'
import type { WorkerProcess } from './interrupted-worker.ts'

// Promise: a process that is killed between commit and confirm loses nothing, and the next cron run after its claim publishes.

/** Longer than a claim. */
const CLAIM_MS = 61_000
const PATHS = ['/api/factories', '/api/factory/0', '/api/factory/0/chart-data', '/api/factory/0/time']

let directory: string
let worker: WorkerProcess
let time = 60

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'crashes-'))
  worker = await startWorkerProcess(directory)
  expect((await worker.request('POST', '/api/factories', { name: 'North' })).status).toBe(201)
  for (const path of PATHS) expect((await worker.request('GET', path)).status).toBe(200)
  await waitUntilCurrent()
})
afterAll(async () => {
  await worker.kill()
  await rm(directory, { recursive: true, force: true })
})

const faults = () => worker.control<string[]>('faults')
/** Waits until every leased payload in KV equals a fresh rendering, and no entry is claimed. */
const waitUntilCurrent = () =>
  vi.waitFor(
    async () => {
      expect(await faults()).toEqual([])
      const leased = await worker.control<{ path: string }[]>('sql', 'select path from cache_entries')
      expect(leased.map(({ path }) => path)).toEqual(expect.arrayContaining(PATHS.map((path) => `1${path}`)))
    },
    { timeout: 20_000, interval: 200 },
  )

test.each([
  { moment: 'between commit and put', instructions: { puts: 0, when: 'before' }, minPaused: PATHS.length },
  { moment: 'in the middle of the puts', instructions: { puts: 2, when: 'before' }, minPaused: PATHS.length - 2 },
  { moment: 'after the puts and before the confirm', instructions: { puts: 0, when: 'after' }, minPaused: PATHS.length },
])(
  'a process killed $moment loses nothing, and the first cron run after the end of its claim publishes every entry',
  async ({ instructions, minPaused }) => {
    await worker.control('instructions', instructions)
    time += 60
    const answer = await worker.request('POST', '/api/factory/0/chart-data', { time, actual: time })
    expect(answer.status).toBe(200)
    await vi.waitFor(async () => expect(await worker.control('paused')).toBeGreaterThanOrEqual(minPaused), { timeout: 10_000 })
    await worker.kill()

    worker = await startWorkerProcess(directory)
    expect(await (await worker.request('GET', `/api/factory/0/chart-data/${time}`)).json()).toEqual({ time, actual: time, goal: null })
    // The claim of the killed process is still valid, because cron cannot know that the process ended. So cron skips the entries.
    const remaining = await faults()
    for (const path of PATHS) expect(remaining).toEqual(expect.arrayContaining([`1${path} is stale`, `1${path} is claimed`]))
    await worker.control('cron')
    expect(await faults()).toEqual(remaining)
    await worker.control('instructions', { aheadMs: CLAIM_MS })
    await worker.control('cron')
    await waitUntilCurrent()
    for (const path of PATHS) {
      const response = await worker.request('GET', path)
      expect([response.headers.get('Cache-Status'), await response.text()]).toEqual(['kv; hit', expect.stringContaining(`${time}`)])
    }
    await worker.control('instructions', {})
  },
)

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startVictim } from './interrupted-worker.ts'
import type { Victim } from './interrupted-worker.ts'

/** Longer than a claim lasts. */
const CLAIM_MS = 61_000
const PATHS = ['/api/factories', '/api/factory/0', '/api/factory/0/chart-data', '/api/factory/0/time']

let directory: string
let victim: Victim
let time = 60

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'crashes-'))
  victim = await startVictim(directory)
  expect((await victim.ask('POST', '/api/factories', { name: 'North' })).status).toBe(201)
  for (const path of PATHS) expect((await victim.ask('GET', path)).status).toBe(200)
  await settled()
})
afterAll(async () => {
  await victim.kill()
  await rm(directory, { recursive: true, force: true })
})

const faults = () => victim.tell<string[]>('faults')
/** Every payload that is read is in KV as a fresh assembly gives it, and nobody is at it. */
const settled = () =>
  vi.waitFor(
    async () => {
      expect(await faults()).toEqual([])
      const leased = await victim.tell<{ path: string }[]>('sql', 'select path from copies')
      expect(leased.map(({ path }) => path)).toEqual(expect.arrayContaining(PATHS.map((path) => `1${path}`)))
    },
    { timeout: 20_000, interval: 200 },
  )

test.each([
  { moment: 'between commit and put', orders: { puts: 0, when: 'before' }, least: PATHS.length },
  { moment: 'in the middle of the puts', orders: { puts: 2, when: 'before' }, least: PATHS.length - 2 },
  { moment: 'after the puts and before the confirm', orders: { puts: 0, when: 'after' }, least: PATHS.length },
])(
  'a process that is killed $moment has lost nothing; once the claim has run out, one minute of cron puts all right',
  async ({ orders, least }) => {
    await victim.tell('orders', orders)
    time += 60
    const answer = await victim.ask('POST', '/api/factory/0/chart-data', { time, actual: time })
    expect(answer.status).toBe(200)
    await vi.waitFor(async () => expect(await victim.tell('held')).toBeGreaterThanOrEqual(least), { timeout: 10_000 })
    await victim.kill()

    victim = await startVictim(directory)
    expect(await (await victim.ask('GET', `/api/factory/0/chart-data/${time}`)).json()).toEqual({ time, actual: time, goal: null })
    // The claim of the dead still stands, for nobody knows whether it is dead: cron leaves it alone.
    const left = await faults()
    for (const path of PATHS) expect(left).toEqual(expect.arrayContaining([`1${path} is dirty`, `1${path} is claimed`]))
    await victim.tell('cron')
    expect(await faults()).toEqual(left)
    await victim.tell('orders', { aheadMs: CLAIM_MS })
    await victim.tell('cron')
    await settled()
    for (const path of PATHS) {
      const response = await victim.ask('GET', path)
      expect([response.headers.get('Cache-Status'), await response.text()]).toEqual(['kv; hit', expect.stringContaining(`${time}`)])
    }
    await victim.tell('orders', {})
  },
)

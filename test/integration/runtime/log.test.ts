import { beforeEach, expect, test, vi } from 'vitest'
import { createApp } from '../../../src/app.ts'
import { LINES_PER_MINUTE } from '../../../src/runtime/log.ts'
import { makeFaultyD1, LOST } from '../../support/fault-injection.ts'
import { attachClients, createHarness, newIsolate, apiKeyOf } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the log is bounded, and a flood of rejected requests never hides writes or failures.

interface Line {
  status: number
  left_out?: number
}
let home: Harness
let lines: Line[] = []
beforeEach(async () => {
  home = await createHarness()
  lines = []
})
const at = (bindings: object = {}) =>
  attachClients(
    newIsolate(home.clock, bindings, (line) => lines.push(JSON.parse(line) as Line)),
    home.clock,
  )

test('rejected requests beyond a rate are left out of the log, and counted in the next line of a rejection', async () => {
  const harness = at()
  for (let n = 0; n < LINES_PER_MINUTE + 25; n++) await harness.viewer.get('/nowhere')
  expect(lines).toHaveLength(LINES_PER_MINUTE)
  expect(lines.every(({ left_out }) => left_out === undefined)).toBe(true)
  home.clock.advance(60_000)
  await harness.viewer.get('/nowhere')
  await harness.viewer.get('/nowhere')
  expect(lines.slice(-2).map(({ left_out }) => left_out)).toEqual([25, undefined])
})

test('a flood of rejected requests does not hide writes or failures in the log', async () => {
  const d1 = makeFaultyD1()
  const harness = at({ DB: d1.binding })
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  for (let n = 0; n < LINES_PER_MINUTE + 5; n++) await harness.viewer.get('/nowhere')
  await harness.operator.post('/api/factory/1/chart-data', { time: 60, actual: 1 })
  d1.decide = ({ start }) => (start === 'first-unconstrained' ? { before: LOST } : undefined)
  await harness.viewer.get('/api/factory/1/chart-data/60')
  expect(lines.slice(LINES_PER_MINUTE).map(({ status }) => status)).toEqual([200, 503])
  expect(printed).toHaveBeenCalledTimes(1)
  printed.mockRestore()
})

test('log lines about errors have the same bound', async () => {
  const d1 = makeFaultyD1()
  const harness = at({ DB: d1.binding })
  await harness.viewer.get('/api/sprockets')
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  d1.decide = () => ({ before: 'D1_ERROR: D1 DB is overloaded. Too many requests queued.' })
  for (let n = 0; n < LINES_PER_MINUTE + 5; n++) await harness.viewer.get('/api/factory/1/chart-data/60')
  expect(printed).toHaveBeenCalledTimes(LINES_PER_MINUTE)
  expect(lines).toHaveLength(LINES_PER_MINUTE)
  printed.mockRestore()
})

test.each([
  ['POST', '/api/factory/1/chart-data', {}],
  ['POST', '/api/factories', { 'Idempotency-Key': 'a' }],
  ['PATCH', '/api/factory/1', {}],
] as const)('a client that hangs up in the body of %s %s is logged as 499, sampled, and not as an error', async (method, path, more) => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} } as unknown as ExecutionContext
  const hangUp = async (sample: string, length: Record<string, string> = {}) => {
    const app = createApp(at({ LOG_SAMPLE: sample }).isolate)
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('Network connection lost.')) })
    const headers = { Authorization: `Bearer ${apiKeyOf('engineer')}`, 'Content-Type': 'application/json', ...more }
    await app.fetch(new Request(`https://api.test${path}`, { method, headers: { ...headers, ...length }, body }), {}, context)
  }
  await hangUp('1')
  await hangUp('1', { 'Content-Length': '9' })
  await hangUp('0')
  expect(lines.map(({ status }) => status)).toEqual([499, 499])
  expect(printed).not.toHaveBeenCalled()
  printed.mockRestore()
})

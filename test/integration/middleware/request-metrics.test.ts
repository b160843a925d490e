import { beforeEach, expect, test } from 'vitest'
import { makeFaultyKv } from '../../support/fault-injection.ts'
import { attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: `Server-Timing` and the log name the resources that a response used.

let harness: Harness
let lines: string[] = []
beforeEach(async () => {
  const base = await createHarness()
  lines = []
  harness = attachClients(
    newIsolate(base.clock, { MEMORY_SECONDS: '5', LOG_SAMPLE: '1' }, (line) => lines.push(line)),
    base.clock,
  )
  for (const actor of [harness.anonymous, harness.viewer, harness.operator]) await actor.get('/api/factory/0/chart-data/1611194818')
  await harness.drain()
})

/** Returns the names in Server-Timing of a response, in order, and expects the same names in the log. */
const timingNames = async (response: Promise<Response>) => {
  const { headers } = await response
  const parts = headers.get('Server-Timing')!.split(', ')
  for (const part of parts) expect(part).toMatch(/^(memory|kv|d1|assemble|worker);dur=\d+$/)
  const names = parts.map((part) => part.split(';')[0])
  const { spent } = JSON.parse(lines.at(-1)!) as { spent: object }
  expect(Object.keys(spent)).toEqual(names.filter((name) => name !== 'worker'))
  return names.join(' ')
}

test('Server-Timing names exactly the resources that the response used', async () => {
  const path = '/api/factory/1'
  expect(await timingNames(harness.viewer.get(path))).toBe('kv d1 assemble')
  await harness.drain()
  harness.clock.advance(6_000)
  expect(await timingNames(harness.viewer.get(path))).toBe('kv')
  expect(await timingNames(harness.viewer.get(path))).toBe('memory')
  const { headers } = await harness.viewer.get(path)
  expect(await timingNames(harness.viewer.get(path, { 'If-None-Match': headers.get('ETag')! }))).toBe('memory')
  expect(await timingNames(harness.viewer.send('HEAD', path))).toBe('memory')
  expect(await timingNames(harness.viewer.get('/api/factories?limit=1'))).toBe('d1 assemble')
  expect(await timingNames(harness.viewer.get('/api/factory/9'))).toBe('kv d1')
  expect(await timingNames(harness.operator.post(`${path}/chart-data`, { time: 60, actual: 1 }))).toContain('d1')
  expect(await timingNames(harness.viewer.get(`${path}/export`))).toBe('d1')
  expect(await timingNames(harness.anonymous.get('/ready'))).toBe('kv d1')
})

test('Server-Timing names only the Worker if the response used no other resource, also for errors and preflights', async () => {
  for (const response of [
    harness.anonymous.get('/health'),
    harness.anonymous.get('/nowhere'),
    harness.anonymous.put('/api/factories', {}),
    harness.viewer.post('/api/factories', {}),
    harness.anonymous.send('OPTIONS', '/api/factories'),
    harness.as('spk_none').get('/api/factories'),
  ])
    expect(await timingNames(response)).toBe('worker')
})

test('Server-Timing includes KV when the read of KV timed out', async () => {
  const kv = makeFaultyKv()
  kv.reads = 'hangs'
  const elsewhere = attachClients(
    newIsolate(harness.clock, { CACHE: kv.binding }, (line) => lines.push(line)),
    harness.clock,
  )
  const { headers } = await elsewhere.anonymous.get('/api/factory/1')
  expect(headers.get('Cache-Status')).toBe('kv; fwd=bypass')
  expect(headers.get('Server-Timing')).toMatch(/^kv;dur=\d+, d1;dur=\d+, assemble;dur=\d+$/)
})

test('Server-Timing is readable for pages of any origin', async () => {
  const { headers } = await harness.anonymous.get('/api/factory/1')
  expect(headers.get('Timing-Allow-Origin')).toBe('*')
  expect(headers.get('Access-Control-Expose-Headers')!.split(',')).toContain('Server-Timing')
})

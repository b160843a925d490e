import { beforeEach, expect, test } from 'vitest'
import { makeFaultyKv } from '../../support/fault-injection.ts'
import { attachClients, createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

let harness: Harness
let lines: string[] = []
beforeEach(async () => {
  const home = await createHarness()
  lines = []
  harness = attachClients(
    newIsolate(home.clock, { MEMORY_SECONDS: '5', LOG_SAMPLE: '1' }, (line) => lines.push(line)),
    home.clock,
  )
  for (const actor of [harness.anonymous, harness.viewer, harness.operator]) await actor.get('/api/factory/0/chart-data/1611194818')
  await harness.settle()
})

/** What an answer says it used, in its order; the log says the same. */
const usedBy = async (answer: Promise<Response>) => {
  const { headers } = await answer
  const parts = headers.get('Server-Timing')!.split(', ')
  for (const part of parts) expect(part).toMatch(/^(memory|kv|d1|assemble|worker);dur=\d+$/)
  const names = parts.map((part) => part.split(';')[0])
  const { spent } = JSON.parse(lines.at(-1)!) as { spent: object }
  expect(Object.keys(spent)).toEqual(names.filter((name) => name !== 'worker'))
  return names.join(' ')
}

test('an answer says what it used, and nothing else', async () => {
  const path = '/api/factory/1'
  expect(await usedBy(harness.viewer.get(path))).toBe('kv d1 assemble')
  await harness.settle()
  harness.clock.advance(6_000)
  expect(await usedBy(harness.viewer.get(path))).toBe('kv')
  expect(await usedBy(harness.viewer.get(path))).toBe('memory')
  const { headers } = await harness.viewer.get(path)
  expect(await usedBy(harness.viewer.get(path, { 'If-None-Match': headers.get('ETag')! }))).toBe('memory')
  expect(await usedBy(harness.viewer.send('HEAD', path))).toBe('memory')
  expect(await usedBy(harness.viewer.get('/api/factories?limit=1'))).toBe('d1 assemble')
  expect(await usedBy(harness.viewer.get('/api/factory/9'))).toBe('kv d1')
  expect(await usedBy(harness.operator.post(`${path}/chart-data`, { time: 60, actual: 1 }))).toContain('d1')
  expect(await usedBy(harness.viewer.get(`${path}/export`))).toBe('d1')
  expect(await usedBy(harness.anonymous.get('/ready'))).toBe('kv d1')
})

test('one that used nothing says how long the Worker took, refusals and preflights too', async () => {
  for (const answer of [
    harness.anonymous.get('/health'),
    harness.anonymous.get('/nowhere'),
    harness.anonymous.put('/api/factories', {}),
    harness.viewer.post('/api/factories', {}),
    harness.anonymous.send('OPTIONS', '/api/factories'),
    harness.as('spk_none').get('/api/factories'),
  ])
    expect(await usedBy(answer)).toBe('worker')
})

test('what is given up was used as long as it was waited for', async () => {
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

test('pages of any origin may see it', async () => {
  const { headers } = await harness.anonymous.get('/api/factory/1')
  expect(headers.get('Timing-Allow-Origin')).toBe('*')
  expect(headers.get('Access-Control-Expose-Headers')!.split(',')).toContain('Server-Timing')
})

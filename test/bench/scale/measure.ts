import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { countBindings } from '../../support/counting.ts'
import type { Counts } from '../../support/counting.ts'
import { newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

/** The use of one request. */
export interface Line extends Counts {
  label: string
  ms: number
  bytes: number
}

/** Returns a table of requests. */
export const table = (title: string, lines: Line[]) => {
  const rows = lines.map(({ label, trips, rowsRead, rowsWritten, kvReads, kvPuts, ms, bytes }) =>
    [label.padEnd(44), ...[trips, rowsRead, rowsWritten, kvReads, kvPuts, ms.toFixed(1), bytes].map((n) => String(n).padStart(10))].join(
      '',
    ),
  )
  const head = ['', 'D1', 'rows read', 'written', 'KV reads', 'KV puts', 'ms', 'bytes']
  return [
    title,
    head[0]!.padEnd(44) +
      head
        .slice(1)
        .map((name) => name.padStart(10))
        .join(''),
    ...rows,
    '',
  ].join('\n')
}

/** Sends a read of every key, so that identities are cached before the measurement. */
const warmUp = async (harness: Harness) => {
  for (const actor of [harness.viewer, harness.operator]) await (await actor.get('/api/factory/0/chart-data/1611194818')).text()
  await harness.drain()
}

/** Returns a KV whose reads fail, so that reads come from D1 and lease nothing. */
const withFailingReads = (kv: KVNamespace): KVNamespace =>
  ({
    getWithMetadata: () => Promise.reject(new Error('KV is switched off')),
    put: kv.put.bind(kv),
    delete: kv.delete.bind(kv),
  }) as unknown as KVNamespace

/** Sends a request once to count, and again to time, because counting runs some queries twice. */
export const measure = async (
  harness: Harness,
  label: string,
  send: (here: Harness) => Promise<Response>,
  fromD1: boolean,
): Promise<Line> => {
  const counter = countBindings(env)
  const { DB, CACHE } = counter.env
  const here = harness.elsewhere(newIsolate(harness.clock, { DB, CACHE: fromD1 ? withFailingReads(CACHE) : CACHE }))
  await warmUp(here)
  counter.take()
  const first = await send(here)
  expect(first.ok, `${label}: ${first.status}`).toBe(true)
  const bytes = (await first.arrayBuffer()).byteLength
  await here.drain()
  const seen = counter.take()
  const timed = harness.elsewhere(newIsolate(harness.clock, fromD1 ? { CACHE: withFailingReads(env.CACHE) } : {}))
  await warmUp(timed)
  const began = Date.now()
  const rounds = 3
  for (let n = 0; n < rounds; n++) await (await send(timed)).arrayBuffer()
  const ms = (Date.now() - began) / rounds
  await timed.drain()
  return { label, ...seen, ms, bytes }
}

/** Creates a factory. Returns its id. */
export const addFactory = async (harness: Harness): Promise<number> => {
  const created = await harness.engineer.post('/api/factories', {})
  return ((await created.json()) as { factory: { id: number } }).factory.id
}

import type { Machine } from './machine.ts'
import { readingsFrom, send } from './workload.ts'
import type { Counts } from '../support/counting.ts'
import type { Counted } from './workers/instrumented.ts'

/** Operations of one request with its background work. */
export interface Usage extends Counts {
  name: string
  logLines: number
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Longer than the entries of a write can be pending: the put interval of lists, and a put. */
const MAX_PENDING_MS = 40_000

/** Runs an action several times, waits for its background work, and returns the mean use. */
const usageOf = async (url: string, name: string, times: number, act: () => Promise<unknown>): Promise<Usage> => {
  const drain = async () => {
    const deadline = Date.now() + MAX_PENDING_MS
    while ((await (await fetch(`${url}/counted`)).json<Counted>()).pending > 0) {
      if (Date.now() > deadline) throw new Error(`${name} does not come to an end`)
      await pause(50)
    }
    return (await fetch(`${url}/counted`, { method: 'POST' })).json<Counted>()
  }
  await drain()
  for (let time = 0; time < times; time++) await act()
  const { counts, logLines } = await drain()
  const each = Object.fromEntries(Object.entries({ ...counts, logLines }).map(([figure, count]) => [figure, count / times]))
  return { name, ...(each as unknown as Counts & { logLines: number }) }
}

/** Requests of one kind, enough for sampled figures such as log lines. */
const SAMPLE = 200
/** Minutes in an hour. The sums that an append rebuilds grow within an hour. */
const HOUR = 60
/** The first reading of the counts, far from those of the timing. */
const BEGIN = 13_000_000

/** The counted kinds of requests. */
export type Kind =
  | 'first read of a payload'
  | 'read from memory'
  | 'read from KV'
  | 'read answered with 304'
  | 'read from D1'
  | 'append of 1'
  | 'append of 1, sent again'
  | 'append of 60'
  | 'append of 5,000'
  | 'append of 1 to each of 20 factories'
  | 'append of 1, its chart is read'
  | 'first minute of cron'
  | 'minute of cron'
  | 'fifth minute of cron'

/**
 * Counts the use of reads, writes and cron, in this order, on a database without cache entries.
 * @param factory a factory without readings
 */
export const countUsage = async (machine: Machine, key: string, factory: number): Promise<Record<Kind, Usage>> => {
  const memory = await machine.url('counted')
  const kv = await machine.url('counted kv')
  const get =
    (url: string, path: string, headers: Record<string, string> = {}) =>
    async () => {
      const response = await fetch(`${url}${path}`, { headers })
      await response.arrayBuffer()
      return response
    }
  let minute = BEGIN
  const append = (to: number, count: number) => () => {
    const readings = readingsFrom(minute, count)
    minute += count
    return send(`${memory}/api/factory/${to}/chart-data`, key, { body: count === 1 ? readings[0] : { readings } })
  }
  const again = () => send(`${memory}/api/factory/${factory}/chart-data`, key, { body: readingsFrom(BEGIN, 1)[0] })
  let spreadMinute = BEGIN
  const chart = '/api/factory/2/chart-data'
  const spread = () => {
    const [reading] = readingsFrom(spreadMinute++, 1)
    return send(`${memory}/api/readings`, key, { body: { readings: Array.from({ length: 20 }, (_, to) => ({ factory: to, ...reading })) } })
  }
  /** Appends the next reading to the factory whose chart is read. Its last reading is that of `spread`. */
  const appendToRead = () => send(`${memory}${chart}`, key, { body: readingsFrom(spreadMinute++, 1)[0] })
  const cron = (at: number) => () => send(`${memory}/cron?${at}`, key, { method: 'POST' })

  const kinds: [kind: Kind, url: string, times: number, act: () => Promise<unknown>][] = [
    ['append of 1', memory, HOUR, append(factory, 1)],
    ['append of 1, sent again', memory, 1, again],
    ['append of 60', memory, 1, append(factory, 60)],
    ['append of 5,000', memory, 1, append(factory, 5_000)],
    ['append of 1 to each of 20 factories', memory, 1, spread],
    ['first read of a payload', kv, 1, get(kv, chart)],
    ['read from KV', kv, SAMPLE, get(kv, chart)],
    ['read from D1', kv, SAMPLE, get(kv, '/api/factories?limit=1&cursor=2')],
    ['read from memory', memory, SAMPLE, get(memory, chart)],
    ['append of 1, its chart is read', memory, 1, appendToRead],
    ['first minute of cron', memory, 1, cron(1)],
    ['minute of cron', memory, 1, cron(2)],
    ['fifth minute of cron', memory, 1, cron(5)],
  ]
  // Identities are cached first, so that their queries are not counted.
  for (const url of [memory, kv]) await get(url, '/api/factory/2/chart-data/0')()
  // The first reading of a day costs more.
  await again()
  await spread()
  const usages: Partial<Record<Kind, Usage>> = {}
  for (const [kind, url, times, act] of kinds) usages[kind] = await usageOf(url, kind, times, act)
  const etag = (await get(memory, chart)()).headers.get('ETag')!
  usages['read answered with 304'] = await usageOf(memory, 'read answered with 304', SAMPLE, get(memory, chart, { 'If-None-Match': etag }))
  return usages as Record<Kind, Usage>
}

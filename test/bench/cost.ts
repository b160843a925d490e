import { invalidatedRanges } from '../../src/documents/registry.ts'
import type { Kind, Usage } from './counts.ts'
import { billOf, dollarsOf, sumUp } from './prices.ts'
import type { Use } from './prices.ts'

/** CPU time of requests in ms. It includes the simulators of D1 and KV, so it is more than the platform charges. */
export interface Processor {
  memory: number
  kv: number
  miss: number
  append: number
}

export type Usages = Record<Kind, Usage>

const chargedFor = (usage: Usage, cpuMs: number): Use => {
  const { rowsRead, rowsWritten, kvReads, kvPuts, kvDeletes, kvLists, logLines } = usage
  return { requests: 1, cpuMs, rowsRead, rowsWritten, kvReads, kvPuts, kvDeletes, kvLists, logLines }
}

/** Returns the use of requests, and what one leased payload adds to a write: invalidation, rendering, put and confirm. */
const usesOf = (usages: Usages, cpu: Processor) => {
  const of = (kind: Kind, cpuMs: number) => chargedFor(usages[kind], cpuMs)
  const one = of('append of 1', cpu.append)
  const none: Use = { requests: 0, cpuMs: 0, logLines: 0 }
  return {
    memory: of('read from memory', cpu.memory),
    unchanged: of('read answered with 304', cpu.memory),
    kv: of('read from KV', cpu.kv),
    d1: of('read from D1', cpu.miss),
    one,
    again: of('append of 1, sent again', cpu.append),
    sixty: of('append of 60', 2 * cpu.append),
    fiveThousand: of('append of 5,000', 20 * cpu.append),
    twentyFactories: of('append of 1 to each of 20 factories', 2 * cpu.append),
    watched: { ...sumUp([of('append of 1, its chart is read', cpu.append), 1], [one, -1]), ...none, cpuMs: cpu.miss } as Use,
    cronMinute: { ...of('minute of cron', 10), requests: 0 },
    cronFifth: { ...of('fifth minute of cron', 10), requests: 0 },
  }
}

/** The number of payloads that a reading makes stale. Without a cache directory, each of them would be put. */
export const STALE_PAYLOADS = invalidatedRanges(1, { subject: 'readings', verb: 'appended', factories: [0] }).flat().length

/**
 * Seconds between two puts of one payload while readings come every second: its minimum put interval, and
 * PUBLISH_SECONDS at most.
 */
const COALESCED_SECONDS = 1.1 + 10

export interface Costs {
  /** Dollars per million reads. */
  reads: { name: string; dollars: number }[]
  /** Dollars per million readings. */
  readings: { name: string; unread: number; watched: number; coalesced: number | null; everything: number }[]
  /** Dollars per month. */
  bills: { name: string; watched: { factories: number; hours: number; dollars: number }[] }[]
}

const MINUTES = 30 * 24 * 60
const FACTORIES = 100
/** A watching client reads the chart of a factory in this interval. No read is assumed to come from memory. */
const WATCH_SECONDS = 15
const WATCHED = [
  { factories: 0, hours: 24 },
  { factories: 10, hours: 24 },
  { factories: 100, hours: 8 },
  { factories: 100, hours: 24 },
]

/** Computes costs from counted operations and published prices. */
export const costsOf = (usages: Usages, cpu: Processor): Costs => {
  const use = usesOf(usages, cpu)
  const million = (each: Use, readings = 1) => (dollarsOf(each) * 1e6) / readings
  const row = (name: string, append: Use, readings: number, coalesces: boolean) => ({
    name,
    unread: million(append, readings),
    watched: million(sumUp([append, 1], [use.watched, 1]), readings),
    coalesced: coalesces ? million(sumUp([append, 1], [use.watched, 1 / COALESCED_SECONDS]), readings) : null,
    everything: million(sumUp([append, 1], [use.watched, STALE_PAYLOADS]), readings),
  })
  const cron: [Use, number][] = [
    [use.cronMinute, (MINUTES * 4) / 5],
    [use.cronFifth, MINUTES / 5],
  ]
  const bill = (name: string, appends: [Use, number][]) => ({
    name,
    watched: WATCHED.map(({ factories, hours }) => {
      const watchedMinutes = (factories * MINUTES * hours) / 24
      return {
        factories,
        hours,
        dollars: billOf(sumUp(...appends, ...cron, [use.watched, watchedMinutes], [use.kv, (watchedMinutes * 60) / WATCH_SECONDS])),
      }
    }),
  })
  return {
    reads: [
      { name: 'from memory', dollars: million(use.memory) },
      { name: 'answered with 304', dollars: million(use.unchanged) },
      { name: 'from KV: without memory, every read', dollars: million(use.kv) },
      { name: 'from D1: without cache entries, every read', dollars: million(use.d1) },
    ],
    readings: [
      row('one to a request', use.one, 1, true),
      row('60 to a request', use.sixty, 60, false),
      row('5,000 to a request', use.fiveThousand, 5_000, false),
      { name: 'sent again', unread: million(use.again), watched: million(use.again), coalesced: null, everything: million(use.again) },
    ],
    bills: [
      bill('each factory posts its reading', [[use.one, FACTORIES * MINUTES]]),
      bill('a gateway posts for 20 at a time', [[use.twentyFactories, (FACTORIES / 20) * MINUTES]]),
    ],
  }
}

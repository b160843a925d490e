import type { Clock } from '../runtime/clock.ts'
import type { Usage } from '../runtime/operation-budget.ts'

/** Database and KV usage of one request so far, with durations. */
export interface RequestMetrics extends Usage {
  /** Completed statements. Each statement of a batch counts. */
  queries: number
  rowsRead: number
  rowsWritten: number
  /** Milliseconds by kind of work. Durations of concurrent calls are added. */
  spent: Spent
  /** Calls in progress with their start times. A response does not wait for all of them. */
  waiting: Set<{ used: Used; begun: number }>
}

/** A clock, and the usage that it measures. */
export interface Measured {
  readonly clock: Clock
  readonly usage: RequestMetrics
}

/** Kinds of work, in the order in which a read does them. `assemble` builds a payload from the database and includes `d1`. */
const USED = ['memory', 'kv', 'd1', 'assemble'] as const
export type Used = (typeof USED)[number]
export type Spent = Partial<Record<Used, number>>

export const createMetrics = (): RequestMetrics => ({
  begun: 0,
  queries: 0,
  rowsRead: 0,
  rowsWritten: 0,
  kvReads: 0,
  kvWrites: 0,
  spent: {},
  waiting: new Set(),
})

const add = (spent: Spent, used: Used, ms: number) => {
  spent[used] = (spent[used] ?? 0) + ms
}

/** Adds milliseconds to a kind of work. */
export const addTime = ({ spent }: RequestMetrics, used: Used, ms: number): void => add(spent, used, ms)

/** Returns the milliseconds by kind of work, including calls in progress, in the order of `USED`. */
export const elapsed = ({ spent, waiting }: RequestMetrics, now: number): Spent => {
  const all = { ...spent }
  for (const { used, begun } of waiting) add(all, used, now - begun)
  const ordered: Spent = {}
  for (const used of USED) if (all[used] !== undefined) ordered[used] = all[used]
  return ordered
}

/** Adds the duration of work, whether it succeeds or fails. */
export const measure = async <T>({ clock, usage }: Measured, used: Used, work: Promise<T>): Promise<T> => {
  const wait = { used, begun: clock.now() }
  usage.waiting.add(wait)
  try {
    return await work
  } finally {
    usage.waiting.delete(wait)
    addTime(usage, used, clock.now() - wait.begun)
  }
}

/** Builds Server-Timing (https://www.w3.org/TR/server-timing/). A response without counted work shows the time of the Worker. */
export const serverTiming = (spent: Spent, workerMs: number): string => {
  const used = Object.entries(spent)
  return (used.length ? used : [['worker', workerMs] as const]).map(([name, ms]) => `${name};dur=${ms}`).join(', ')
}

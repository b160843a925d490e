import { WELL_D1 } from '../support/simulated-d1.ts'
import { REFUSALS, WELL_KV } from '../support/simulated-kv.ts'
import type { SimulatedKv } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import { apiKeyOf } from './seed-database.ts'
import type { Run, Scenario } from './scenario.ts'
import { runCron, runCronUntilCoherent } from './cron-runs.ts'
import { WARM_MS } from './traffic.ts'

const SECOND = 1_000
const MINUTE = 60_000

/** Enough factories that one invocation cannot publish all their payloads. */
const IDS = [0, 1, 2, 3, 4, 5]
const VIEWS = ['', '/chart-data', '/time', '/production-actual', '/production-goal', '/profile']
const PATHS = ['/api/factories', ...IDS.flatMap((id) => VIEWS.map((view) => `/api/factory/${id}${view}`))].map((path) => `1${path}`)
/** `maxOperations` of an invocation and the limit of the platform, in the ratio of 800 to 1,000. */
const OPERATIONS = 130
const OPERATIONS_LIMIT = 162

/**
 * Maximum age of a read while no put succeeds: an entry is overdue after 60 s, each isolate looks up overdue entries every 30 s,
 * clocks differ by at most 4 s, and the lookup takes time.
 */
const UNPUBLISHED_AGE_MS = 100 * SECOND
/**
 * Maximum age of a read otherwise: 60 s until an entry is overdue, 60 s of propagation, 30 s of `cacheTtl` and 30 s of memory,
 * plus 10 s for clocks and calls.
 */
const LATE_AGE_MS = 190 * SECOND
/** After puts have been rejected for this time, every location shows all earlier puts. */
const SETTLED_MS = LATE_AGE_MS + UNPUBLISHED_AGE_MS

/** Time within which readers follow a write. */
const READS_MS = 20 * MINUTE

/** A period in which KV rejects every put. */
class PutRejection {
  #since: number | undefined

  begin({ timeline, kv }: Run): void {
    this.#since = timeline.now
    kv.faults = { ...WELL_KV, refusal: timeline.pick(REFUSALS) }
  }
  end(kv: SimulatedKv): void {
    this.#since = undefined
    kv.faults = WELL_KV
  }
  hasLasted = (ms: number, now: number): boolean => this.#since !== undefined && this.#since < now - ms
}

/**
 * Builds runs in which publishing is late: KV rejects puts for minutes or hours, or writes invalidate more entries than their
 * invocations may publish while cron is late. Nothing else fails. Clients read immediately after a write and much later.
 */
export const backlog = (timeline: Timeline): Scenario => {
  const rejection = new PutRejection()
  return {
    kvFaults: WELL_KV,
    d1Faults: WELL_D1,
    factories: IDS.length,
    leases: ['600', '3600', '3600'],
    memories: ['0', '30', '30'],
    config: { maxOperations: OPERATIONS },
    operationsLimit: OPERATIONS_LIMIT,
    paths: PATHS,
    hasFaults: false,
    maxAgeMs(isForged) {
      // A forged bookmark of the future validates an entry for later reads with the same bookmark, so it has no maximum age.
      if (isForged) return undefined
      return rejection.hasLasted(SETTLED_MS, timeline.now) ? UNPUBLISHED_AGE_MS : LATE_AGE_MS
    },
    async play(run) {
      leaseAll(run)
      await timeline.run(timeline.now + WARM_MS)
      const span = timeline.pick([5, 20, 20, 20, timeline.pick([60, 60, 180])]) * MINUTE
      const isRejecting = timeline.chance(0.6)
      if (isRejecting) {
        timeline.after(timeline.between(0, MINUTE), () => rejection.begin(run))
        timeline.after(span - timeline.between(0, MINUTE), () => rejection.end(run.kv))
      }
      const cronDelayMs = isRejecting && timeline.chance(0.7) ? 0 : timeline.between(0, span)
      for (let ms = cronDelayMs; ms < span; ms += MINUTE) timeline.after(ms, () => runCron(run, false))
      // A read comes near the maximum age only before the first entry is overdue. After that, lookups report all of them.
      const firstWriteMs = isRejecting && span > SETTLED_MS && timeline.chance(0.5) ? SETTLED_MS + MINUTE : 0
      for (let n = timeline.between(2, 4); n > 0; n--) timeline.after(timeline.between(firstWriteMs, span), () => writeAndPoll(run))
      await timeline.run(timeline.now + span)
      // A reader renews the lease of an entry, which is stale until the put. The state is checked after the last reader.
      await runCronUntilCoherent(run, timeline.now + READS_MS)
    },
  }
}

/** Leases every entry by reading it with a key. */
const leaseAll = ({ timeline, isolates, reportError }: Run): void => {
  for (const path of PATHS)
    timeline.after(timeline.between(0, 5 * SECOND), () => {
      const request = new Request(`https://api.test${path.slice(1)}`, { headers: { Authorization: `Bearer ${apiKeyOf(1)}` } })
      void timeline.pick(isolates).fetch(request).catch(reportError)
    })
}

/** Writes to all factories or a random resource. Dashboards then poll entries for minutes, and other readers follow much later. */
const writeAndPoll = ({ timeline, isolates, clients: { read, write, pathsRead }, reportError }: Run): void => {
  const readings = IDS.map((factory) => ({ factory, time: timeline.between(1, 100), actual: timeline.between(1, 1_000) }))
  void write(timeline.pick(isolates), timeline.chance(0.8) ? ['POST', '/api/readings', { readings }] : undefined).catch(reportError)
  for (let dashboards = 0; dashboards < 3; dashboards++) {
    const path = timeline.pick(pathsRead)
    const isolate = timeline.pick(isolates)
    const dashboard = { isKeyed: timeline.chance(0.5) }
    const intervalMs = timeline.between(10, 16) * SECOND
    for (let n = 0; n < 14; n++) timeline.after(n * intervalMs, () => void read(isolate, path, dashboard).catch(reportError))
  }
  for (let n = 0; n < 8; n++) timeline.after(timeline.between(0, READS_MS), () => void read(timeline.pick(isolates)).catch(reportError))
}

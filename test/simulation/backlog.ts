import { WELL_D1 } from '../support/simulated-d1.ts'
import { REFUSALS, WELL_KV } from '../support/simulated-kv.ts'
import type { SimulatedKv } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import { KEY } from './seed-database.ts'
import type { Run, Scenario } from './scenario.ts'
import { tick, tickUntilRight } from './ticks.ts'
import { WARM_MS } from './traffic.ts'

const SECOND = 1_000
const MINUTE = 60_000

/** Factories enough that one invocation cannot publish all their payloads. */
const IDS = [0, 1, 2, 3, 4, 5]
const VIEWS = ['', '/chart-data', '/time', '/production-actual', '/production-goal', '/profile']
const PATHS = ['/api/factories', ...IDS.flatMap((id) => VIEWS.map((view) => `/api/factory/${id}${view}`))]
/** What an invocation may begin here, and the limit of the platform: in the ratio of 800 and 1,000. */
const OPERATIONS = 130
const OPERATIONS_LIMIT = 162

/**
 * While no put succeeds: a payload is overdue after 60 s, each isolate asks at least each 30 s whether there are overdue ones,
 * clocks differ by 4 s at most, and the question takes time.
 */
const UNPUBLISHED_AGE_MS = 100 * SECOND
/** A payload that is put just before it is overdue is shown elsewhere a minute later, kept there and in memory for half a minute each. */
const LATE_AGE_MS = 190 * SECOND
/** When puts have been refused for so long, nothing that was put before is news to any location. */
const SETTLED_MS = LATE_AGE_MS + UNPUBLISHED_AGE_MS

/** A time in which KV refuses every put. */
class Refusal {
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
 * Publishing falls behind: KV refuses puts, for minutes or hours, or writes make more payloads stale than their invocations
 * may publish while cron is late. Nothing else fails. Readers come at once after a write and much later.
 */
export const behind = (timeline: Timeline): Scenario => {
  const refusal = new Refusal()
  return {
    kvFaults: WELL_KV,
    d1Faults: WELL_D1,
    factories: IDS.length,
    leases: ['600', '3600', '3600'],
    memories: ['0', '30', '30'],
    settings: { maxOperations: OPERATIONS },
    operationsLimit: OPERATIONS_LIMIT,
    paths: PATHS,
    isIll: false,
    mostAgeMs(isForged) {
      // What an isolate has once checked as of a bookmark of the future, it does not check again: nothing is promised to a forger.
      if (isForged) return undefined
      return refusal.hasLasted(SETTLED_MS, timeline.now) ? UNPUBLISHED_AGE_MS : LATE_AGE_MS
    },
    async play(run) {
      lease(run)
      await timeline.run(timeline.now + WARM_MS)
      const span = timeline.pick([5, 20, 20, 20, timeline.pick([60, 60, 180])]) * MINUTE
      const isRefusing = timeline.chance(0.6)
      if (isRefusing) {
        timeline.after(timeline.between(0, MINUTE), () => refusal.begin(run))
        timeline.after(span - timeline.between(0, MINUTE), () => refusal.end(run.kv))
      }
      const cronIsLateFor = isRefusing && timeline.chance(0.7) ? 0 : timeline.between(0, span)
      for (let ms = cronIsLateFor; ms < span; ms += MINUTE) timeline.after(ms, () => tick(run, false))
      // Only until the first write is overdue does its age come near the bound: from then on each look-up tells of all.
      const first = isRefusing && span > SETTLED_MS && timeline.chance(0.5) ? SETTLED_MS + MINUTE : 0
      for (let n = timeline.between(2, 4); n > 0; n--) timeline.after(timeline.between(first, span), () => writeAndWatch(run))
      await timeline.run(timeline.now + span)
      await tickUntilRight(run, timeline.now + MINUTE)
    },
  }
}

/** Gives every payload a lease. */
const lease = ({ timeline, members, told }: Run): void => {
  for (const path of PATHS)
    timeline.after(timeline.between(0, 5 * SECOND), () => {
      const request = new Request(`https://api.test${path}`, { headers: { Authorization: `Bearer ${KEY}` } })
      void timeline.pick(members).fetch(request).catch(told)
    })
}

/** Writes to every factory or to something, and lets dashboards look at payloads for minutes, and other readers much later. */
const writeAndWatch = ({ timeline, members, clients: { read, write, wanted }, told }: Run): void => {
  const readings = IDS.map((factory) => ({ factory, time: timeline.between(1, 100), actual: timeline.between(1, 1_000) }))
  void write(timeline.pick(members), timeline.chance(0.8) ? ['POST', '/api/readings', { readings }] : undefined).catch(told)
  for (let watchers = 0; watchers < 3; watchers++) {
    const path = timeline.pick(wanted)
    const member = timeline.pick(members)
    const dashboard = { isKeyed: timeline.chance(0.5) }
    const every = timeline.between(10, 16) * SECOND
    for (let n = 0; n < 14; n++) timeline.after(n * every, () => void read(member, path, dashboard).catch(told))
  }
  for (let n = 0; n < 8; n++) timeline.after(timeline.between(0, 20 * MINUTE), () => void read(timeline.pick(members)).catch(told))
}

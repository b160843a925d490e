import { WELL_D1 } from '../support/simulated-d1.ts'
import { REFUSALS, WELL_KV } from '../support/simulated-kv.ts'
import type { Timeline } from '../support/timeline.ts'
import { runCron, runCronUntilCoherent } from './cron-runs.ts'
import type { Run, Scenario } from './scenario.ts'
import { planTraffic } from './traffic.ts'

const MINUTE = 60_000
/** The longest lease of a run, in seconds. */
const LEASE_SECONDS = 600
/** Maximum difference of a clock from the timeline. */
const MAX_SKEW_MS = 5_000
/** Interval of a reader, during which no lease may end. */
const POLL_MS = 10_000
/** Errors of D1 at its daily limits: of rows written, and of rows read. */
const QUOTAS = [
  'D1_ERROR: Exceeded D1 daily row write limit for your account.',
  'D1_ERROR: Exceeded D1 daily row read limit for your account.',
]

/**
 * Builds runs on a platform that loses no call but is difficult in every other way, for up to an hour: clocks step, cron runs twice or not
 * at all, batches of D1 take up to 25 s, daily limits of D1 and KV are exceeded, isolates end during any request, and two releases are
 * deployed at once until one is rolled back.
 */
export const platform = (timeline: Timeline): Scenario => ({
  kvFaults: WELL_KV,
  d1Faults: { ...WELL_D1, slow: timeline.pick([0, 0.1]), slowMs: 25_000 },
  factories: 2,
  leases: ['120', String(LEASE_SECONDS)],
  memories: ['0', '5', '30'],
  hasFaults: true,
  maxAgeMs: () => undefined,
  async play(run) {
    const { kv, d1 } = run
    const span = timeline.pick([5, 20, 60]) * MINUTE
    const sometime = () => timeline.between(0, span)
    for (let n = timeline.between(2, 6); n > 0; n--) timeline.after(sometime(), () => planTraffic(run))
    for (let n = timeline.between(0, 12); n > 0; n--)
      timeline.after(sometime(), () => timeline.pick(run.isolates).setClock(timeline.between(-MAX_SKEW_MS, MAX_SKEW_MS)))
    planReleases(run, sometime)
    planQuota(timeline, sometime, (quota) => (d1.faults = { ...d1.faults, quota: quota ? timeline.pick(QUOTAS) : undefined }))
    planQuota(timeline, sometime, (quota) => (kv.faults = { ...kv.faults, refusal: quota ? REFUSALS[1] : undefined }))
    for (let ms = 0; ms < span; ms += MINUTE)
      for (let ticks = timeline.pick([0, 1, 1, 1, 1, 2]); ticks > 0; ticks--)
        timeline.after(ms + timeline.between(0, 2_000), () => runCron(run, true))
    // Traffic lasts at most six minutes.
    await timeline.run(timeline.now + span + 6 * MINUTE)
    kv.faults = WELL_KV
    d1.faults = WELL_D1
    await runCronUntilCoherent(run, timeline.now + MINUTE)
    await reportUnrenewed(run)
    await reportForgotten(run)
  },
})

/** Plans isolates that end, and in half of the runs a release that is deployed to some of them until it is rolled back. */
const planReleases = ({ timeline, next, code, replace, isolates }: Run, sometime: () => number): void => {
  const [from, to] = [sometime(), sometime()].toSorted((a, b) => a - b) as [number, number]
  const isMixed = next !== undefined && timeline.chance(0.5)
  const start = timeline.now
  const isDeployed = () => isMixed && timeline.now >= start + from && timeline.now < start + to
  for (let n = timeline.between(0, 30); n > 0; n--)
    timeline.after(sometime(), () => replace(isDeployed() && timeline.chance(0.5) ? next! : code))
  // The rollback replaces every isolate.
  if (isMixed) for (const index of isolates.keys()) timeline.after(to + timeline.between(0, 5_000), () => replace(code, index))
}

/** Plans a time in which a daily limit is exceeded, in a third of the runs. */
const planQuota = (timeline: Timeline, sometime: () => number, setExceeded: (isExceeded: boolean) => unknown): void => {
  if (!timeline.chance(0.33)) return
  const [from, to] = [sometime(), sometime()].toSorted((a, b) => a - b) as [number, number]
  timeline.after(from, () => setExceeded(true))
  timeline.after(to, () => setExceeded(false))
}

/**
 * Reads a path regularly for longer than a lease, with a key, and reports a lease that ends meanwhile. A reader without a key renews a
 * lease only with its second read of the path within five minutes.
 */
const reportUnrenewed = async (run: Run): Promise<void> => {
  const { timeline, isolates, d1, clients, report, reportError } = run
  const path = timeline.pick(clients.pathsRead)
  const dashboard = { isKeyed: true }
  const selectLease = d1.primary.prepare('select max(leased_until) as until from cache_entries where path = ?')
  const end = timeline.now + 1.5 * LEASE_SECONDS * 1_000
  for (let polls = 0; timeline.now < end; polls++) {
    const { until } = selectLease.get(path) as { until: number | null }
    if (polls > 1 && (until ?? 0) <= timeline.now) report(`the lease of ${path} has ended although clients read it`)
    void clients.read(timeline.pick(isolates), path, dashboard).catch(reportError)
    await timeline.run(timeline.now + POLL_MS)
  }
}

/** Lets every lease expire, and reports rows and entries that are still there without readers. Cron keeps the public lists. */
const reportForgotten = async (run: Run): Promise<void> => {
  const { timeline, kv, d1, report } = run
  const end = Math.ceil((timeline.now + (LEASE_SECONDS + 300) * 1_000) / MINUTE) * MINUTE
  for (let minute = Math.ceil(timeline.now / MINUTE) * MINUTE; minute <= end; minute += MINUTE) {
    await timeline.run(minute)
    runCron(run, false)
  }
  await timeline.run(end + MINUTE)
  const isKept = (path: string) => path === '1/api/factories' || path === '1/api/sprockets'
  const rows = d1.primary.prepare('select path from cache_entries').all() as { path: string }[]
  for (const { path } of rows) if (!isKept(path)) report(`the row of ${path} is still there after its lease`)
  for (const key of kv.keys()) if (!isKept(key.slice(key.indexOf('/') + 1))) report(`${key} is still in KV after its lease`)
}

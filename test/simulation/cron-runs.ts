import type { Run } from './scenario.ts'

const MINUTE = 60_000
/** Cron reconciles in minutes that are a multiple of this number. */
const RECONCILE_MINUTES = 5
/** Minutes within which cron must have repaired everything that failures have left. */
const REPAIR_MINUTES = 10

/** Runs cron in a random isolate: all jobs, or those that maintain cache entries. */
export const runCron = ({ timeline, isolates }: Run, allJobs: boolean): void => {
  void timeline
    .pick(isolates)
    .runCron(allJobs)
    .catch(() => {})
}

/**
 * Runs cron every minute. All jobs run until `quiet`, the time of the last write. Then the jobs that maintain cache entries run
 * until the cache is coherent or REPAIR_MINUTES are over. Two more runs, the first with a reconcile, must keep it coherent.
 */
export const runCronUntilCoherent = async (run: Run, quiet: number): Promise<void> => {
  const { timeline, isCoherent } = run
  const runCronAt = async (minute: number) => {
    await timeline.run(minute * MINUTE)
    runCron(run, timeline.now < quiet)
  }
  let minute = Math.ceil(timeline.now / MINUTE)
  const isOver = () => minute * MINUTE > quiet && (isCoherent() || minute * MINUTE > quiet + REPAIR_MINUTES * MINUTE)
  while (!isOver()) await runCronAt(++minute)
  const reconcile = (Math.floor(minute / RECONCILE_MINUTES) + 1) * RECONCILE_MINUTES
  await runCronAt(reconcile)
  await runCronAt(reconcile + 1)
  await timeline.run((reconcile + 2) * MINUTE)
}

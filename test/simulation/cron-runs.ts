import type { Run } from './scenario.ts'

const MINUTE = 60_000
/** Cron compares KV with the directory in minutes that are a multiple of this. */
const RECONCILE_MINUTES = 5
/** Minutes after which cron must have put right whatever failures left behind. */
const REPAIR_MINUTES = 10

/** Fires cron somewhere: all of it, or what concerns copies. */
export const tick = ({ timeline, members }: Run, whole: boolean): void => {
  void timeline
    .pick(members)
    .tick(whole)
    .catch(() => {})
}

/**
 * Fires cron every minute. All its jobs run until `quiet`, when nothing is written any more; from then on those for copies,
 * until all is right or REPAIR_MINUTES are over. Two more ticks, the first with a reconcile, must leave it right.
 */
export const tickUntilRight = async (run: Run, quiet: number): Promise<void> => {
  const { timeline, isRight } = run
  const tickAt = async (minute: number) => {
    await timeline.run(minute * MINUTE)
    tick(run, timeline.now < quiet)
  }
  let minute = Math.ceil(timeline.now / MINUTE)
  const isOver = () => minute * MINUTE > quiet && (isRight() || minute * MINUTE > quiet + REPAIR_MINUTES * MINUTE)
  while (!isOver()) await tickAt(++minute)
  const reconcile = (Math.floor(minute / RECONCILE_MINUTES) + 1) * RECONCILE_MINUTES
  await tickAt(reconcile)
  await tickAt(reconcile + 1)
  await timeline.run((reconcile + 2) * MINUTE)
}

import type { Run } from './scenario.ts'

const MINUTE = 60_000
/** Time after a put until every location shows it. */
export const WARM_MS = 95_000
const WARM_READS = 8

/**
 * Plans reads and writes at random times. Returns the end of the traffic in ms from now, and a function that picks a random time
 * of it.
 */
export const planTraffic = ({ timeline, isolates, clients: { read, write, writeRepeatedly }, reportError }: Run) => {
  const span = timeline.pick([5_000, MINUTE, 4 * MINUTE])
  // In half of the runs the traffic starts when every location shows the entries.
  const warmUp = timeline.chance(0.5) ? WARM_MS : 0
  if (warmUp)
    for (let n = 0; n < WARM_READS; n++)
      timeline.after(timeline.between(0, 1_000), () => void read(isolates[n % isolates.length]!).catch(reportError))
  const end = warmUp + span
  const sometime = () => timeline.between(warmUp, end)
  for (let n = timeline.between(8, 24); n > 0; n--) {
    const choice = timeline.random()
    timeline.after(sometime(), () => {
      const isolate = timeline.pick(isolates)
      void (choice < 0.6 ? read(isolate) : choice < 0.95 ? write(isolate) : writeRepeatedly(isolates)).catch(reportError)
    })
  }
  return { end, sometime }
}

import type { Run } from './scenario.ts'

const MINUTE = 60_000
/** What is put is seen everywhere after so long. */
export const WARM_MS = 95_000
const WARM_READS = 8

/**
 * Plans some reads and writes of members, at random times. Returns when the last begins, and a time before it, in ms from now.
 */
export const planTraffic = ({ timeline, members, clients: { read, write, insist }, told }: Run) => {
  const span = timeline.pick([5_000, MINUTE, 4 * MINUTE])
  // Half of the runs begin when copies have been in KV for a while, and are seen everywhere.
  const head = timeline.chance(0.5) ? WARM_MS : 0
  if (head)
    for (let n = 0; n < WARM_READS; n++)
      timeline.after(timeline.between(0, 1_000), () => void read(members[n % members.length]!).catch(told))
  const end = head + span
  const sometime = () => timeline.between(head, end)
  for (let n = timeline.between(8, 24); n > 0; n--) {
    const what = timeline.random()
    timeline.after(sometime(), () => {
      const member = timeline.pick(members)
      void (what < 0.6 ? read(member) : what < 0.95 ? write(member) : insist(members)).catch(told)
    })
  }
  return { end, sometime }
}

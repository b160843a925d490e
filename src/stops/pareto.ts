import { totalSeconds } from './planned-time.ts'
import type { StopReason } from './reasons.ts'
import type { Stop } from './stop.ts'

/** The stops of one reason; of no reason for stops that are not explained. */
interface ReasonTotal {
  reason: StopReason | undefined
  count: number
  seconds: number
}

/** Adds up stops by their reason. Returns the reason with the most planned seconds first. */
export const sumByReason = (stops: readonly { stop: Stop; reason: StopReason | undefined }[]): ReasonTotal[] => {
  const groups = Map.groupBy(stops, ({ reason }) => reason?.code)
  const totals = Array.from(groups.values(), (group) => ({
    reason: group[0]!.reason,
    count: group.length,
    seconds: totalSeconds(group.map(({ stop }) => stop)),
  }))
  const code = ({ reason }: ReasonTotal) => reason?.code ?? ''
  return totals.toSorted((a, b) => b.seconds - a.seconds || (code(a) < code(b) ? -1 : 1))
}

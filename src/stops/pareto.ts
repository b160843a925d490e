import type { Reasons, StopReason } from './reasons.ts'
import { findReason } from './reasons.ts'
import type { Stop } from './stop.ts'

/** The stops of one reason; of no reason for stops that are not explained. */
interface ReasonTotal {
  reason: StopReason | undefined
  count: number
  seconds: number
}

/** Adds up stops by their reason. It keeps no stop, so they may come one by one. Returns the reason with the most planned seconds first. */
export const sumByReason = (stops: Iterable<Stop>, reasons: Reasons): ReasonTotal[] => {
  const totals = new Map<StopReason | undefined, ReasonTotal>()
  for (const stop of stops) {
    const reason = findReason(reasons, stop)
    const total = totals.get(reason) ?? { reason, count: 0, seconds: 0 }
    total.count++
    total.seconds += stop.planned_seconds
    totals.set(reason, total)
  }
  const code = ({ reason }: ReasonTotal) => reason?.code ?? ''
  return [...totals.values()].toSorted((a, b) => b.seconds - a.seconds || (code(a) < code(b) ? -1 : 1))
}

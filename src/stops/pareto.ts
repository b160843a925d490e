import type { StopReason } from './reasons.ts'
import type { Stop } from './stop.ts'

/** A stop with its reason; undefined for a stop without an annotation. */
export interface ReasonedStop {
  stop: Stop
  reason: StopReason | undefined
}

/** The stops of one reason; of no reason for stops that are not explained. */
interface ReasonTotal {
  reason: StopReason | undefined
  count: number
  seconds: number
}

/** Adds up stops by their reason. It keeps no stop, so they may come one by one. Returns the reason with the most planned seconds first. */
export const sumByReason = (stops: Iterable<ReasonedStop>): ReasonTotal[] => {
  const totals = new Map<string | undefined, ReasonTotal>()
  for (const { stop, reason } of stops) {
    const total = totals.get(reason?.code) ?? { reason, count: 0, seconds: 0 }
    total.count++
    total.seconds += stop.planned_seconds
    totals.set(reason?.code, total)
  }
  const code = ({ reason }: ReasonTotal) => reason?.code ?? ''
  return [...totals.values()].toSorted((a, b) => b.seconds - a.seconds || (code(a) < code(b) ? -1 : 1))
}

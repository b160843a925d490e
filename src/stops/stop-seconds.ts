import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import type { ShiftStops } from '../schemas/stops.ts'
import { clipToPlanned, subtract, totalSeconds } from './planned-time.ts'
import type { PlannedPart } from './planned-time.ts'
import { findReason } from './reasons.ts'
import type { Reasons, StopReason } from './reasons.ts'
import type { Stop } from './stop.ts'

/** Returns the parts of a shift without data. A stop that an annotation declares is known without data. */
const partsWithoutData = (shift: ShiftOccurrence, stops: readonly Stop[], silences: readonly Span[]): PlannedPart[] =>
  silences.flatMap((silence) => subtract(silence, stops)).flatMap((silence) => clipToPlanned(silence, shift) ?? [])

/**
 * Returns the planned seconds of a shift in which the machine stood still or sent no data. No second counts twice.
 * @param silences times without data in the shift, up to the newest reading
 */
export const sumStops = (shift: ShiftOccurrence, stops: readonly Stop[], silences: readonly Span[], reasons: Reasons): ShiftStops => {
  const secondsOf = (category: StopReason['category'] | undefined) =>
    totalSeconds(stops.filter((stop) => findReason(reasons, stop)?.category === category))
  return {
    planned_seconds: secondsOf('planned'),
    unplanned_seconds: secondsOf('unplanned'),
    no_demand_seconds: secondsOf('no-demand'),
    unexplained_seconds: secondsOf(undefined),
    no_data_seconds: totalSeconds(partsWithoutData(shift, stops, silences)),
  }
}

import { SILENT } from '../chunks/states.ts'
import type { ShiftOccurrence } from '../schedule/shift-occurrences.ts'
import type { ShiftStops } from '../schemas/stops.ts'
import type { Timeline } from './annotate-stops.ts'
import { clipToPlanned, intersect, subtract } from './planned-time.ts'
import type { PlannedPart } from './planned-time.ts'
import type { StopReason } from './reasons.ts'
import type { Stop } from './stop.ts'

const totalSeconds = (parts: readonly PlannedPart[]) => parts.reduce((seconds, part) => seconds + part.planned_seconds, 0)

/** Returns the parts of a shift up to the newest reading without data. A stop that an annotation declares is known without data. */
const partsWithoutData = (shift: ShiftOccurrence, stops: readonly Stop[], { states, newest }: Timeline): PlannedPart[] => {
  const past = { from: shift.from, to: Math.min(shift.to, newest) }
  return states
    .filter(({ state }) => state === SILENT)
    .flatMap((silence) => intersect(silence, past) ?? [])
    .flatMap((silence) => subtract(silence, stops))
    .flatMap((silence) => clipToPlanned(silence, shift) ?? [])
}

/** Returns the planned seconds of a shift in which the machine stood still or sent no data. No second counts twice. */
export const sumStops = (
  shift: ShiftOccurrence,
  stops: readonly Stop[],
  timeline: Timeline,
  findReason: (stop: Stop) => StopReason | undefined,
): ShiftStops => {
  const secondsOf = (category: StopReason['category'] | undefined) =>
    totalSeconds(stops.filter((stop) => findReason(stop)?.category === category))
  return {
    planned_seconds: secondsOf('planned'),
    unplanned_seconds: secondsOf('unplanned'),
    no_demand_seconds: secondsOf('no-demand'),
    unexplained_seconds: secondsOf(undefined),
    no_data_seconds: totalSeconds(partsWithoutData(shift, stops, timeline)),
  }
}

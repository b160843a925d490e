import { offsetPeriods } from '../../local-time/time-zones.ts'
import { findOccurrences } from '../../schedule/shift-occurrences.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import { formatDate, formatSpan } from '../values/format.ts'
import { texts } from '../texts/factory.ts'

/** A later shift is not worth waiting for: the longest plant holidays last about six weeks. */
const LOOK_AHEAD_SECONDS = 60 * 86_400

/**
 * Describes a time without a planned shift, and the shift after it; undefined within a shift.
 * @param now Unix seconds
 */
export const describePause = (schedule: Schedule, zone: string, now: number): string | undefined => {
  const [next] = findOccurrences(schedule, offsetPeriods(zone), { from: now, to: now + LOOK_AHEAD_SECONDS })
  if (!next) return `◇ ${texts.notPlanned}`
  if (next.from <= now) return undefined
  const shift = `${wrapName(next.name)}, ${formatDate(next.from, zone)}, ${formatSpan(next.from, next.to, zone)}`
  return `◇ ${texts.notPlanned} · ${texts.nextShift(shift)}`
}

import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { MIN_TIME } from '../local-time/time-zones.ts'
import { toSumPoint } from '../queries/points.ts'
import { LONGEST_SHIFT } from '../queries/shifts.ts'
import type { ShiftRange, ShiftRangeRow } from '../queries/shift-ranges.ts'
import { findOccurrences } from '../schedule/shift-occurrences.ts'
import { parseSchedule } from '../schedule/stored-schedule.ts'
import { sumShifts } from '../schedule/summed-shifts.ts'
import type { PointsPage } from './chart-format.ts'

/**
 * Builds a page of the sums of shifts, at the start of each. As with hours and days, a shift without a reading is between the first and
 * the last reading of the series, and its sums are null.
 */
export const toShiftPage = (row: ShiftRangeRow, requested: ShiftRange, limit: number): PointsPage => {
  const { schedule, from, to, first, newest } = row
  if (schedule === null || from === null || to === null || first === null || newest === null) return { points: [] }
  const shifts = findOccurrences(parseSchedule(schedule), parseOffsetPeriods(row.offsetPeriods), { from, to }).filter(
    (shift) => shift.from >= from && shift.to > first,
  )
  const isOldest = requested.from !== undefined
  const shown = isOldest ? shifts.slice(0, limit) : shifts.slice(-limit)
  const points = sumShifts(shown, row.parts).map(({ shift, sums }) => toSumPoint(shift.from, sums))
  const isFull = shifts.length > limit
  if (isOldest) {
    const after = isFull ? shifts[limit]!.from : to
    return { points, ...(after < Math.min(requested.to ?? Infinity, newest + 1) && { after }) }
  }
  const before = isFull ? shown[0]!.from : from
  // No page precedes the least time, so a link to it would lead to itself.
  return { points, ...(before > Math.max(MIN_TIME, first - LONGEST_SHIFT) && { before }) }
}

import type { FieldError } from '../errors.ts'
import { parseDay } from '../schemas/dates.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { Schedule } from '../schemas/schedules.ts'
import { findOverlapErrors } from './overlap-errors.ts'
import { planShift } from './planned-shifts.ts'
import type { PlannedShift } from './planned-shifts.ts'

/** Returns an error for exceptions without the usual shifts from which they differ. They would leave every other date without planned time. */
const findMissingVersion = ({ versions, exceptions }: Schedule): FieldError[] =>
  versions.length === 0 && exceptions.length > 0
    ? [{ pointer: '#/versions', detail: 'Empty, although there are exceptions. Send the usual shifts as a version, or no exceptions.' }]
    : []

/** Returns an error for each version that is not valid from a later date than the version before. */
const findOrderErrors = ({ versions }: Schedule): FieldError[] =>
  versions.flatMap(({ valid_from }, index) =>
    index > 0 && parseDay(valid_from)! <= parseDay(versions[index - 1]!.valid_from)!
      ? [
          {
            pointer: `#/versions/${index}/valid_from`,
            detail: 'Not after the version before. Send versions in order of valid_from, each with another date.',
          },
        ]
      : [],
  )

/** Returns an error for each exception whose date an earlier exception has. */
const findDateErrors = ({ exceptions }: Schedule): FieldError[] =>
  exceptions.flatMap(({ date }, index) => {
    const first = exceptions.findIndex((each) => each.date === date)
    if (first === index) return []
    return [
      {
        pointer: `#/exceptions/${index}/date`,
        detail: `The date of #/exceptions/${first}. Send one exception with all shifts of the date.`,
      },
    ]
  })

/** Returns an error for each break that is not inside its shift, that overlaps an earlier break, or that leaves no planned time. */
const findBreakErrors = ({ breaks, start, end, pointer }: PlannedShift): FieldError[] => {
  let minutes = end - start
  return breaks.flatMap((each, index) => {
    const at = `${pointer}/breaks/${index}`
    if (each.start >= end || each.end > end)
      return [{ pointer: at, detail: 'Not inside its shift. Send times between start and end of the shift.' }]
    const other = breaks.findIndex((before, position) => position < index && before.start < each.end && each.start < before.end)
    if (other !== -1) return [{ pointer: at, detail: `Overlaps ${pointer}/breaks/${other}. Send one break for both, or other times.` }]
    minutes -= each.end - each.start
    return minutes === 0
      ? [{ pointer: at, detail: 'Leaves no planned time in its shift. Send shorter breaks, or leave the shift out.' }]
      : []
  })
}

/** Returns every shift that a schedule declares. */
const planAllShifts = ({ versions, exceptions }: Schedule) =>
  Object.entries({ versions, exceptions }).flatMap(([name, list]) =>
    list.flatMap(({ shifts }, index) => shifts.map((shift, position) => planShift(shift, `#/${name}/${index}/shifts/${position}`))),
  )

/** Returns the errors of a schedule that its schema cannot express. */
export const findScheduleErrors = (schedule: Schedule): FieldError[] => {
  const { length } = JSON.stringify(schedule)
  if (length > LIMITS.scheduleCharacters) {
    const detail = `Too long. Send at most ${formatNumber(LIMITS.scheduleCharacters)} characters of JSON: leave out old versions and exceptions.`
    return [{ pointer: '#', detail }]
  }
  const errors = [
    ...findMissingVersion(schedule),
    ...findOrderErrors(schedule),
    ...findDateErrors(schedule),
    ...planAllShifts(schedule).flatMap(findBreakErrors),
  ]
  // Overlaps are computed from dates in order.
  return errors.length > 0 ? errors : findOverlapErrors(schedule)
}

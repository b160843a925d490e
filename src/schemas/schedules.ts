import { parseDay } from './dates.ts'
import { LIMITS } from './limits.ts'
import { Name, StoredName } from './names.ts'
import { Count } from './numbers.ts'
import { WEEKDAYS } from './weekdays.ts'
import { z } from './zod.ts'

const LOCAL_TIME = /^([01]\d|2[0-3]):[0-5]\d$/
/** A time of day in the factory's time zone. */
const LocalTime = z
  .string()
  .max(5)
  .regex(LOCAL_TIME, { error: 'Not a local time. Send HH:MM from 00:00 to 23:59; midnight is 00:00.', abort: true })
  .openapi({ description: 'Local time of the factory, HH:MM', example: '06:00' })

/** A date in the factory's time zone. */
export const LocalDate = z
  .string()
  .max(10)
  .refine((date) => parseDay(date) !== undefined, 'Not a date. Send YYYY-MM-DD such as 2026-01-05.')
  .openapi({ format: 'date', description: 'Local date of the factory', example: '2026-01-05' })

const Break = z.strictObject({ start: LocalTime, end: LocalTime }).openapi('Break', { example: { start: '10:00', end: '10:30' } })

const breaks = z.array(Break).max(LIMITS.shiftBreaks)
const target = Count.nullable().openapi({ description: 'Sprockets to make in the shift; null without a target' })
const days = z
  .array(z.enum(WEEKDAYS))
  .min(1)
  .max(WEEKDAYS.length)
  .refine((names) => new Set(names).size === names.length, 'A day occurs twice. Send each day once.')
  .openapi({ description: 'Days on which the shift starts' })
const start = LocalTime
const end = LocalTime.openapi({ description: 'Local time of the factory, HH:MM. An end that is not after the start is on the next day' })

const sent = { start, end, breaks: breaks.optional(), target: target.optional() }
const stored = { start, end, breaks, target }
const EXAMPLE = { start: '06:00', end: '14:00', breaks: [{ start: '10:00', end: '10:30' }], target: 1200 }
const WEEKLY = { name: 'Early', days: ['mon', 'tue', 'wed', 'thu', 'fri'], ...EXAMPLE }
const DATED = { name: 'Inventory', ...EXAMPLE }

/** A shift of a version. It starts on some days of each week. */
const WeeklyShift = z.object({ name: StoredName, days, ...stored }).openapi('WeeklyShift', { example: WEEKLY })
const WeeklyShiftIn = z.strictObject({ name: Name, days, ...sent }).openapi('WeeklyShiftIn', { example: WEEKLY })
/** A shift of an exception. It starts on the date of the exception. */
const DatedShift = z.object({ name: StoredName, ...stored }).openapi('DatedShift', { example: DATED })
const DatedShiftIn = z.strictObject({ name: Name, ...sent }).openapi('DatedShiftIn', { example: DATED })

const weeklyShifts = WEEKDAYS.length * LIMITS.dayShifts
const valid_from = LocalDate.openapi({ description: 'First date of the version, until the date of the next version' })
const date = LocalDate.openapi({ description: 'The shifts that start on this date are those of the exception' })

const Version = z
  .object({ valid_from, shifts: z.array(WeeklyShift).max(weeklyShifts) })
  .openapi('ScheduleVersion', { example: { valid_from: '2026-01-05', shifts: [WEEKLY] } })
const VersionIn = z
  .strictObject({ valid_from, shifts: z.array(WeeklyShiftIn).max(weeklyShifts) })
  .openapi('ScheduleVersionIn', { example: { valid_from: '2026-01-05', shifts: [WEEKLY] } })
const HOLIDAY = { date: '2026-12-25', shifts: [], note: 'Christmas' }
const Exception = z
  .object({ date, shifts: z.array(DatedShift).max(LIMITS.dayShifts), note: StoredName.nullable() })
  .openapi('ScheduleException', { example: HOLIDAY })
const ExceptionIn = z
  .strictObject({ date, shifts: z.array(DatedShiftIn).max(LIMITS.dayShifts), note: Name.nullish() })
  .openapi('ScheduleExceptionIn', { example: HOLIDAY })

const SCHEDULE = { versions: [{ valid_from: '2026-01-05', shifts: [WEEKLY] }], exceptions: [HOLIDAY] }

/** The schedule of a factory: its shifts in each version, and dates with other shifts. Without a version it plans around the clock. */
export const Schedule = z
  .object({ versions: z.array(Version).max(LIMITS.scheduleVersions), exceptions: z.array(Exception).max(LIMITS.scheduleExceptions) })
  .openapi('Schedule', { example: SCHEDULE })

/** A new schedule, which replaces the whole stored one. */
export const ScheduleIn = z
  .strictObject({
    versions: z.array(VersionIn).max(LIMITS.scheduleVersions),
    exceptions: z.array(ExceptionIn).max(LIMITS.scheduleExceptions),
  })
  .openapi('ScheduleIn', { example: SCHEDULE })

export type Schedule = z.output<typeof Schedule>
export type ScheduleIn = z.input<typeof ScheduleIn>

import type { Schedule, ScheduleIn } from '../schemas/schedules.ts'
import { WEEKDAYS } from '../schemas/weekdays.ts'

/** The JSON text of a schedule without versions and exceptions. It is stored as null. */
const EMPTY = '{"versions":[],"exceptions":[]}'

interface SentShift {
  breaks?: unknown
  target?: number | null | undefined
}

const completeShift = <Shift extends SentShift>({ breaks, target, ...shift }: Shift) => ({
  ...shift,
  breaks: (breaks ?? []) as NonNullable<Shift['breaks']>,
  target: target ?? null,
})

/** Returns a sent schedule with a value for each member that a client may leave out. */
export const completeSchedule = ({ versions, exceptions }: ScheduleIn): Schedule => ({
  versions: versions.map((version) => ({ ...version, shifts: version.shifts.map(completeShift) })),
  exceptions: exceptions.map((exception) => ({
    ...exception,
    shifts: exception.shifts.map(completeShift),
    note: exception.note ?? null,
  })),
})

/** Returns the column `schedule` of a factory: its schedule as JSON text, or null for an empty one. */
export const encodeSchedule = (schedule: Schedule): string | null => {
  const text = JSON.stringify(schedule)
  return text === EMPTY ? null : text
}

/** Renders the column `schedule` of a factory. */
export const renderSchedule = ({ schedule }: { schedule: string | null }): string => schedule ?? EMPTY

/** Parses the column `schedule` of a factory. */
export const parseSchedule = (schedule: string | null): Schedule => JSON.parse(renderSchedule({ schedule })) as Schedule

/** The name of the shifts of a factory without a schedule, which no declared shift can have. */
export const UNNAMED = ''

/** The planned time of a factory without a schedule: one shift each day, from midnight to midnight. */
const AROUND_THE_CLOCK: Schedule = {
  versions: [
    {
      valid_from: '0001-01-01',
      shifts: [{ name: UNNAMED, days: [...WEEKDAYS], start: '00:00', end: '00:00', breaks: [], target: null }],
    },
  ],
  exceptions: [],
}

/** Parses the column `schedule` of a factory as its planned time. */
export const parsePlannedTime = (schedule: string | null): Schedule => (schedule === null ? AROUND_THE_CLOCK : parseSchedule(schedule))

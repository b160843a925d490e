import type { Schedule, ScheduleIn } from '../schemas/schedules.ts'

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

import { LIMITS } from './limits.ts'
import { StoredName } from './names.ts'
import { buildInteger, buildSmallInteger, Count, UnixSeconds } from './numbers.ts'
import { Id } from './readings.ts'
import { LocalDate } from './schedules.ts'
import { z } from './zod.ts'

const EXAMPLE = {
  from: 1611206018,
  to: 1611207218,
  seconds: 1200,
  planned_seconds: 900,
  reason: null,
  annotation: null,
  note: null,
  shift: { date: '2021-01-21', name: 'Early' },
}

/** The shift of a stop. */
const StopShift = z.object({ date: LocalDate, name: StoredName }).openapi('StopShift', { example: EXAMPLE.shift })

/** A stop in one shift, or the part of it that one annotation covers. Without a schedule it lies in one local day. */
export const Stop = z
  .object({
    from: UnixSeconds.openapi({ description: 'First second of the stop' }),
    to: UnixSeconds.nullable().openapi({ description: 'First second after the stop; null if it reaches the newest reading' }),
    seconds: buildInteger(1).openapi({ description: 'Length of the stop up to the newest reading, with the breaks inside' }),
    planned_seconds: buildInteger(1).openapi({ description: 'Length of the stop without breaks' }),
    reason: StoredName.nullable().openapi({ description: 'Code of the reason; null for a stop without an annotation' }),
    annotation: Id.nullable().openapi({ description: 'Id of the annotation that gives the reason' }),
    note: StoredName.nullable(),
    shift: z
      .union([StopShift, z.null()])
      .openapi({ description: 'The shift that the stop lies in; null for a factory without a schedule' }),
  })
  .openapi('Stop', { example: EXAMPLE })

/** Stops, newest first. */
export const Stops = z.object({ stops: z.array(Stop).max(LIMITS.stops) }).openapi('Stops', { example: { stops: [EXAMPLE] } })

/** The seconds of a shift up to the newest reading in which the machine stood still, by the category of the reason, or sent no data. */
export const ShiftStops = z
  .object({
    planned_seconds: Count.openapi({ description: 'Stops with a reason of the category planned' }),
    unplanned_seconds: Count.openapi({ description: 'Stops with a reason of the category unplanned' }),
    no_demand_seconds: Count.openapi({ description: 'Stops with a reason of the category no-demand' }),
    unexplained_seconds: Count.openapi({ description: 'Stops without a reason' }),
    no_data_seconds: Count.openapi({ description: 'Planned time without readings. It is neither production nor a stop' }),
  })
  .openapi('ShiftStops', {
    example: { planned_seconds: 0, unplanned_seconds: 600, no_demand_seconds: 0, unexplained_seconds: 300, no_data_seconds: 0 },
  })

const instant = z.string().openapi({ example: '2021-01-21T02:00:00Z' })

/** Query parameters that select stops. */
export const stopsParams = z.object({
  from: instant.optional().openapi({ description: 'Start of the range (inclusive), as Unix seconds or RFC 3339. Needs `to`' }),
  to: instant.optional().openapi({
    description: `End of the range (exclusive), as Unix seconds or RFC 3339. A stop belongs to the range that contains its start. A range has at most ${LIMITS.shiftDays} days. Without a range, the 7 days up to the newest reading`,
  }),
  limit: buildSmallInteger(1, LIMITS.stops)
    .optional()
    .openapi({ description: 'Maximum number of stops. Default: 100. The Link header leads to the next page' }),
})

export type Stops = z.output<typeof Stops>
export type ShiftStops = z.output<typeof ShiftStops>

import { LIMITS } from './limits.ts'
import { StoredName } from './names.ts'
import { buildInteger, Count, Fraction, UnixSeconds } from './numbers.ts'
import { Id } from './readings.ts'
import { LocalDate } from './schedules.ts'
import { ReasonCode, StopCategory } from './stop-reasons.ts'
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

const CAUSE = { reason: 'jam', name: 'Jam', category: 'unplanned', count: 3, seconds: 1800, share: 0.75, cumulative_share: 0.75 } as const
const share = Fraction.min(0).openapi({ format: 'double', maximum: 1 })

/** The stops of one reason. */
const StopCause = z
  .object({
    reason: ReasonCode.nullable().openapi({ description: 'Code of the reason; null for stops without an annotation' }),
    name: StoredName.nullable(),
    category: StopCategory.nullable(),
    count: Count.openapi({ description: 'Number of stops' }),
    seconds: Count.openapi({ description: 'Sum of their planned seconds' }),
    share: share.openapi({ description: 'Share in the planned seconds of all stops' }),
    cumulative_share: share.openapi({ description: 'Share of this reason and of those before it' }),
  })
  .openapi('StopCause', { example: CAUSE })

/** Stops by reason, the reason with the most seconds first. */
export const StopPareto = z
  .object({
    seconds: Count.openapi({ description: 'Sum of the planned seconds of all stops' }),
    reasons: z.array(StopCause).max(LIMITS.stopReasons + 1),
  })
  .openapi('StopPareto', { example: { seconds: 2400, reasons: [CAUSE] } })

export type StopPareto = z.output<typeof StopPareto>
export type Stops = z.output<typeof Stops>
export type ShiftStops = z.output<typeof ShiftStops>

import { LIMITS } from './limits.ts'
import { StoredName } from './names.ts'
import { Count, Fraction } from './numbers.ts'
import { Figure } from './readings.ts'
import { LocalDate } from './schedules.ts'
import { ShiftOee } from './oee.ts'
import { ShiftStops } from './stops.ts'
import { Total } from './totals.ts'
import { z } from './zod.ts'

const EXAMPLE = {
  date: '2021-01-21',
  name: 'Early',
  from: 1611205200,
  to: 1611234000,
  planned_seconds: 27000,
  actual: 608,
  goal: 605,
  gap: 3,
  attainment: 608 / 605,
  readings: 20,
  goal_readings: 20,
  target: 1200,
  expected: (1200 * 759) / 27000,
  scrap: null,
  good: null,
  stops: { planned_seconds: 0, unplanned_seconds: 0, no_demand_seconds: 0, unexplained_seconds: 0, no_data_seconds: 0 },
  oee: { availability: 1, performance: null, quality: null, oee: null },
}

const shift = {
  date: LocalDate.openapi({ description: 'Production date: the local date on which the shift starts' }),
  name: StoredName,
  ...Total.shape,
  from: Total.shape.from.unwrap().openapi({ description: 'First second of the shift' }),
  to: Total.shape.to.unwrap().openapi({ description: 'First second after the shift' }),
  planned_seconds: Count.openapi({ description: 'Length of the shift without its breaks' }),
  target: Figure.nullable().openapi({ description: 'Target of the schedule; null without one' }),
  expected: Fraction.min(0).nullable().openapi({
    format: 'double',
    description:
      'Production that is due at the newest reading of the shift: the target times the elapsed share of the planned time, or without a target the sum of the goals',
  }),
  scrap: Figure.nullable().openapi({ description: 'Sprockets that cannot be used; null if unknown' }),
  good: Figure.nullable().openapi({ description: 'Production of the readings that have scrap, without the scrap' }),
  stops: ShiftStops,
  oee: z.union([ShiftOee, z.null()]).openapi({ description: 'null if every factor is unknown' }),
}

/** A shift with its production. Missing data is null, never 0. */
export const Shift = z.object(shift).openapi('Shift', { example: EXAMPLE })

/** Shifts in order of time. */
export const Shifts = z.object({ shifts: z.array(Shift).max(LIMITS.shifts) }).openapi('Shifts', { example: { shifts: [EXAMPLE] } })

/** The shift that contains the newest reading. */
export const CurrentShift = z
  .object({
    ...shift,
    forecast: Fraction.min(0).nullable().openapi({
      format: 'double',
      description: 'Production at the end of the shift, if it continues as up to the newest reading; null if unknown',
    }),
  })
  .openapi('CurrentShift', { example: { ...EXAMPLE, forecast: (608 * 27000) / 759 } })

/** The shift that contains the newest reading, in a list of factories. */
export const ShiftAttainment = z
  .object({ date: shift.date, name: shift.name, attainment: shift.attainment })
  .openapi('ShiftAttainment', { example: { date: EXAMPLE.date, name: EXAMPLE.name, attainment: EXAMPLE.attainment } })

export type Shifts = z.output<typeof Shifts>

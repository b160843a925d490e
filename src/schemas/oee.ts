import { LIMITS } from './limits.ts'
import { StoredName } from './names.ts'
import { Count, Fraction, UnixSeconds } from './numbers.ts'
import { Figure } from './readings.ts'
import { LocalDate } from './schedules.ts'
import { ShiftStops } from './stops.ts'
import { z } from './zod.ts'

const factor = (description: string) => Fraction.min(0).nullable().openapi({ format: 'double', description })

/** The factors of OEE (ISO 22400-2). */
const factors = {
  availability: factor('Run time as a share of the time in which the machine should have run; null without such time'),
  performance: factor('Production as a share of what the run time makes at ideal speed; null without `ideal_per_hour`'),
  quality: factor('Good production as a share of the production that has scrap; null if scrap is unknown'),
  oee: factor('Product of the three; null if one is null'),
}
const FACTORS = { availability: 0.9, performance: 0.95, quality: 0.99, oee: 0.846 }

/** OEE of a shift, and its factors. */
export const ShiftOee = z.object(factors).openapi('ShiftOee', { example: FACTORS })

const inputs = {
  planned_seconds: Count.openapi({ description: 'Planned time up to the newest reading' }),
  run_seconds: Count.openapi({ description: 'Planned time without stops and without time that has no data' }),
  stops: ShiftStops,
  actual: Figure.nullable(),
  scrap: Figure.nullable(),
  inspected: Figure.nullable().openapi({ description: 'Production of the readings that have scrap' }),
  ...factors,
}
const STOPS = { planned_seconds: 1800, unplanned_seconds: 1700, no_demand_seconds: 0, unexplained_seconds: 820, no_data_seconds: 0 }
const INPUTS = { planned_seconds: 27000, run_seconds: 22680, stops: STOPS, actual: 2394, scrap: 24, inspected: 2394, ...FACTORS }
const SPAN = { date: '2021-01-21', name: 'Early', from: 1611205200, to: 1611234000 }

/**
 * OEE of one shift, or with `resolution=day` of the selected shifts of a date, with the time and the figures that it is computed from.
 */
const OeeItem = z
  .object({
    date: LocalDate.openapi({ description: 'Production date: the local date on which the shifts start' }),
    name: StoredName.nullable().openapi({ description: 'Name of the shift; null for a date' }),
    from: UnixSeconds.openapi({ description: 'First second of the first shift' }),
    to: UnixSeconds.openapi({ description: 'First second after the last shift' }),
    ...inputs,
  })
  .openapi('OeeItem', { example: { ...SPAN, ...INPUTS } })

/** OEE of the shifts or dates of a range in order of time, and of all of them together. */
export const OeeReport = z
  .object({ items: z.array(OeeItem).max(LIMITS.shifts), total: z.object(inputs).openapi('OeeTotal', { example: INPUTS }) })
  .openapi('OeeReport', { example: { items: [{ ...SPAN, ...INPUTS }], total: INPUTS } })

export type OeeReport = z.output<typeof OeeReport>

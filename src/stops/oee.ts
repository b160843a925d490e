import type { Sums } from '../chunks/sums.ts'
import type { ShiftStops } from '../schemas/stops.ts'

/** The inputs of OEE: the time of one or several shifts up to the newest reading, and their figures. */
export interface OeeInput {
  /** Seconds of the shifts without their breaks. */
  planned_seconds: number
  stops: ShiftStops
  sums: Pick<Sums, 'actual' | 'scrap' | 'inspected'>
  /** Sprockets that an hour at ideal speed makes; null if unknown. */
  ideal_per_hour: number | null
}

/** The factors of OEE and their product; null if an input is unknown. */
export interface Oee {
  availability: number | null
  performance: number | null
  quality: number | null
  oee: number | null
}

/** Returns a quotient; null if a number is unknown or nothing was divided. */
const ratio = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole <= 0 ? null : part / whole

/** Returns the seconds in which the machine should have run: without planned stops, without demand, and without data. */
const busySeconds = ({ planned_seconds, stops }: OeeInput): number =>
  planned_seconds - stops.no_data_seconds - stops.planned_seconds - stops.no_demand_seconds

/** Returns the seconds in which the machine ran. A stop without a reason counts as unplanned until an annotation explains it. */
export const runSeconds = (input: OeeInput): number => busySeconds(input) - input.stops.unplanned_seconds - input.stops.unexplained_seconds

/** Computes OEE (ISO 22400-2) and its factors. */
export const computeOee = (input: OeeInput): Oee => {
  const { ideal_per_hour } = input
  const { actual, scrap, inspected } = input.sums
  const run = runSeconds(input)
  const availability = ratio(run, busySeconds(input))
  const performance = ratio(actual, ideal_per_hour === null ? null : (ideal_per_hour * run) / 3_600)
  const quality = ratio(scrap === null || inspected === null ? null : inspected - scrap, inspected)
  const oee = availability === null || performance === null || quality === null ? null : availability * performance * quality
  return { availability, performance, quality, oee }
}

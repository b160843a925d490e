import { sumKnown } from '../sum-known.ts'
import { moveLocalDays, toLocal } from '../time-zone.ts'

/** The columns of a chart of hours that days are added up from. */
export interface HourSeries {
  time: number[]
  sprocket_production_actual: (number | null)[]
}

/** The production of two days; null if it is unknown. */
export interface MadeOfDays {
  today: number | null
  yesterday: number | null
}

/** Adds up the hours of today and of yesterday in the time zone of the factory. Hours start at full local hours, so none is in two days. */
export const findMadeOfDays = ({ time, sprocket_production_actual: made }: HourSeries, zone: string, now: number): MadeOfDays => {
  const local = toLocal(now / 1000, zone)
  const sumOf = (day: string) => sumKnown(made.filter((_, n) => toLocal(time[n]!, zone).startsWith(day)))
  return { today: sumOf(local.slice(0, 10)), yesterday: sumOf(moveLocalDays(local, -1).slice(0, 10)) }
}

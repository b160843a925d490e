import { sumKnown } from '../values/sum-known.ts'
import { moveLocalDays, toLocal } from '../values/time-zone.ts'

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

/**
 * Creates a function that returns the production of today and of yesterday, in the time zone of the factory, at a time in ms. The local
 * dates of the hours are found once. Hours start at full local hours, so none is in two days.
 */
export const createDayFinder = ({ time, sprocket_production_actual: made }: HourSeries, zone: string): ((now: number) => MadeOfDays) => {
  const hoursByDate = Map.groupBy(made.keys(), (hour) => toLocal(time[hour]!, zone).slice(0, 10))
  const sumOf = (local: string) => sumKnown((hoursByDate.get(local.slice(0, 10)) ?? []).map((hour) => made[hour]))
  return (now) => {
    const local = toLocal(now / 1000, zone)
    return { today: sumOf(local), yesterday: sumOf(moveLocalDays(local, -1)) }
  }
}

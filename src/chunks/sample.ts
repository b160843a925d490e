import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import type { Readings } from './parse.ts'

/** Interval at which a dense range is sampled: a day yields at most 1,441 readings. */
const SAMPLE_SECONDS = 60

/** Returns the readings whose index meets a condition. */
const pickReadings = (readings: Readings, isPicked: (index: number) => boolean): Readings => {
  const pick = <T>(column: readonly T[]) => column.filter((_, index) => isPicked(index))
  return { time: pick(readings.time), ...mapFields(FIELD_NAMES, (name) => pick(readings[name])) }
}

/** Returns the first reading of each minute, and the newest reading. */
export const sampleReadings = (readings: Readings): Readings => {
  const minuteOf = (index: number) => Math.floor(readings.time[index]! / SAMPLE_SECONDS)
  const last = readings.time.length - 1
  return pickReadings(readings, (index) => index === 0 || index === last || minuteOf(index) > minuteOf(index - 1))
}

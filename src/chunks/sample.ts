import { pickReadings } from './parse.ts'
import type { Readings } from './parse.ts'

/** Interval at which a dense range is sampled: a day yields at most 1,441 readings. */
const SAMPLE_SECONDS = 60

/** Returns the first reading of each minute, and the newest reading. */
export const sampleReadings = (readings: Readings): Readings => {
  const minuteOf = (index: number) => Math.floor(readings.time[index]! / SAMPLE_SECONDS)
  const last = readings.time.length - 1
  return pickReadings(readings, (index) => index === 0 || index === last || minuteOf(index) > minuteOf(index - 1))
}

import type { ReadingInput } from '../chunks/encode.ts'
import type { FieldError } from '../errors.ts'
import { describeExcess, exceedsActual } from '../schemas/scrap.ts'
import type { ScrapFigures } from '../schemas/scrap.ts'
import { fieldErrorAt } from './record.ts'
import type { InputRecord } from './record.ts'

/**
 * Returns the field error of each reading with more scrap than actual production, and undefined for the others.
 * @param findExcess returns the figures that the reading would have, if they have too much scrap
 */
export const toScrapErrors = <R extends ReadingInput>(
  { readings, records }: { readings: R[]; records: InputRecord[] },
  findExcess: (reading: R) => ScrapFigures | undefined,
): (FieldError | undefined)[] =>
  readings.map((reading, index) => {
    const figures = findExcess(reading)
    if (!figures) return undefined
    const { member, detail } = describeExcess(reading, figures)
    return fieldErrorAt(records[index]!, member, detail)
  })

/** Returns the field errors of the readings of a new series. The last reading of a time wins, and an absent figure is null. */
export const findScrapErrors = (accepted: { readings: ReadingInput[]; records: InputRecord[] }): FieldError[] => {
  const last = new Map(accepted.readings.map((reading) => [reading.time, reading]))
  return toScrapErrors(accepted, (reading) => {
    const { actual = null, scrap = null } = reading
    return last.get(reading.time) === reading && exceedsActual({ actual, scrap }) ? { actual, scrap } : undefined
  }).filter((error) => error !== undefined)
}

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

/**
 * Returns the field errors of the readings of a new series. Of several values of a figure at one time, the last one wins, and an absent
 * figure is null.
 */
export const findScrapErrors = (accepted: { readings: ReadingInput[]; records: InputRecord[] }): FieldError[] => {
  const merged = new Map<number, ScrapFigures>()
  for (const { time, actual, scrap } of accepted.readings) {
    const figures = merged.get(time) ?? merged.set(time, { actual: null, scrap: null }).get(time)!
    if (actual !== undefined) figures.actual = actual
    if (scrap !== undefined) figures.scrap = scrap
  }
  return toScrapErrors(accepted, ({ time }) => {
    const figures = merged.get(time)!
    return exceedsActual(figures) ? figures : undefined
  }).filter((error) => error !== undefined)
}

import type { ReadingInput } from '../chunks/encode.ts'
import { exceedsActual } from '../chunks/scrap.ts'
import type { ScrapFigures } from '../chunks/scrap.ts'
import type { FieldError } from '../errors.ts'
import { fieldErrorAt } from './record.ts'
import type { InputRecord } from './record.ts'

/** The member that has to change, and the message for it. */
interface ScrapError {
  member: 'actual' | 'scrap'
  detail: string
}

/** Describes a reading that would have more scrap than actual production. The client has sent `scrap`, or only a lower `actual`. */
const describeExcess = (sent: ReadingInput, { actual, scrap }: ScrapFigures): ScrapError => {
  if (sent.scrap != null)
    return {
      member: 'scrap',
      detail:
        actual === null
          ? `Scrap needs the actual production of the reading. Send actual with it, at least ${scrap}.`
          : `More than the actual production of ${actual}. Send a whole number from 0 to ${actual}, or null.`,
    }
  return {
    member: 'actual',
    detail:
      actual === null
        ? `The reading has scrap of ${scrap}, which needs actual. Send scrap as null with it.`
        : `Less than the scrap of the reading, which is ${scrap}. Send scrap with it, at most ${actual}.`,
  }
}

/** Returns the error of a reading that by itself has more scrap than actual production; undefined if it depends on the stored one. */
export const findScrapError = (reading: ReadingInput): ScrapError | undefined => {
  const { actual, scrap = null } = reading
  return actual !== undefined && exceedsActual({ actual, scrap }) ? describeExcess(reading, { actual, scrap }) : undefined
}

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

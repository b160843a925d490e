/** The figures of a reading that depend on each other: scrap is a part of the actual production. */
export interface ScrapFigures {
  actual: number | null
  scrap: number | null
}

/** True if a reading has more scrap than actual production, or scrap of an unknown production. */
export const exceedsActual = ({ actual, scrap }: ScrapFigures): boolean => scrap !== null && scrap > (actual ?? -1)

/** The figures that a client has sent. An absent one leaves the stored figure unchanged. */
interface SentFigures {
  actual?: number | null | undefined
  scrap?: number | null | undefined
}

/** The member that has to change, and the message for it. */
interface ScrapError {
  member: 'actual' | 'scrap'
  detail: string
}

/** Describes a reading that would have more scrap than actual production. The client has sent `scrap`, or only a lower `actual`. */
export const describeExcess = (sent: SentFigures, { actual, scrap }: ScrapFigures): ScrapError => {
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
export const findScrapError = (reading: SentFigures): ScrapError | undefined => {
  const { actual, scrap = null } = reading
  return actual !== undefined && exceedsActual({ actual, scrap }) ? describeExcess(reading, { actual, scrap }) : undefined
}

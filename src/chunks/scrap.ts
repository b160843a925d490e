/** The figures of a reading that depend on each other: scrap is a part of the actual production. */
export interface ScrapFigures {
  actual: number | null
  scrap: number | null
}

/** True if a reading has more scrap than actual production, or scrap of an unknown production. */
export const exceedsActual = ({ actual, scrap }: ScrapFigures): boolean => scrap !== null && scrap > (actual ?? -1)

/** SQL that is 1 if a reading has more scrap than actual production; null without scrap. */
export const EXCEEDS_ACTUAL = 'scrap > coalesce(actual, -1)'

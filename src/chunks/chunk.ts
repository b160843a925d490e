import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import { SUM_NAMES } from './sums.ts'
import type { SumName } from './sums.ts'

/**
 * A chunk is one row with the readings of a series in one UTC hour. `times` and the columns of the figures are comma-separated
 * JSON values in order of time: seconds since the start of the hour, and figures or `null`. The text of a figure that no reading has
 * is null, because SQLite gives a row of more than 1,002 bytes a page of 4,096. The row also has the sums of each quarter of the hour,
 * because the hours and days of nearly every time zone consist of whole quarters. `states` tells when the machine stood still
 * (states.ts). Retention sets all texts to null and keeps the sums and the states.
 */
export const CHUNK_SECONDS = 3_600
export const QUARTER_SECONDS = 900
export const QUARTERS = [0, 1, 2, 3] as const
export type Quarter = (typeof QUARTERS)[number]

/** Returns the start of the chunk that contains a time. */
export const chunkStart = (time: number): number => Math.floor(time / CHUNK_SECONDS) * CHUNK_SECONDS

/** The columns with texts, in the order of the table. */
export const TEXT_COLUMNS = ['times', ...FIELD_NAMES] as const

/** Returns the column of a sum of a quarter. */
export const sumColumn = (name: SumName, quarter: Quarter): `${SumName}_${Quarter}` => `${name}_${quarter}`

/** The columns with sums, in the order of the table. */
export const SUM_COLUMNS = QUARTERS.flatMap((quarter) => SUM_NAMES.map((name) => sumColumn(name, quarter)))

/** The columns of the table `chunks` after its primary key. */
export const CHUNK_COLUMNS = ['last', ...TEXT_COLUMNS, ...SUM_COLUMNS, 'states'] as const
export type ChunkColumn = (typeof CHUNK_COLUMNS)[number]

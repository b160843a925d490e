import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { literal } from '../db/literal.ts'
import { chunks } from '../db/schema.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { CHUNK_COLUMNS, QUARTERS, SUM_COLUMNS, sumColumn, TEXT_COLUMNS } from './chunk.ts'
import type { ChunkColumn, Quarter } from './chunk.ts'
import { ENCODED, encodedPosition } from './encode.ts'
import type { EncodedChunk } from './encode.ts'
import { joinedStates } from './states-sql.ts'
import { SUM_NAMES } from './sums.ts'

/** Returns SQL of a column of a chunk. */
type Column = (column: ChunkColumn) => string

const SUMS: ReadonlySet<string> = new Set(SUM_COLUMNS)

/** Returns SQL that repeats a text. */
const repeat = (text: string, times: string) => `replace(hex(zeroblob(${times})), '00', '${text}')`

const countReadings = (chunk: Column) => QUARTERS.map((quarter) => chunk(sumColumn('readings', quarter))).join(' + ')

/**
 * Returns SQL of the columns of a stored chunk after the readings of a sent chunk of the same hour, which are later. A text or a sum
 * is null if both chunks lack the figure. If one of them has it, the readings of the other have null.
 * @param stored the columns of the stored chunk; null without a stored chunk
 */
export const appendedColumn =
  (stored: Column, sent: Column): Column =>
  (column) => {
    const [old, added] = [stored(column), sent(column)]
    if (column === 'last') return added
    if (column === 'states') return joinedStates(old, added)
    if (SUMS.has(column)) return `min(coalesce(${old} + ${added}, ${old}, ${added}), ${Number.MAX_SAFE_INTEGER})`
    return `coalesce(${old} || coalesce(',' || ${added}, ${repeat(',null', countReadings(sent))}), ${repeat('null,', countReadings(stored))} || ${added})`
  }

/** The positions of the columns of the table in an encoded chunk. */
const POSITIONS = (['start', ...CHUNK_COLUMNS] as const).map(encodedPosition)
/** The columns of the encoded chunk `sent`. */
const sentColumns = sql.raw(POSITIONS.map((position) => `sent.value ->> ${position}`).join(', '))

/** Builds the statement that inserts encoded readings into an empty series. */
export const insertChunks = (db: Database, seriesPk: SQL, encoded: string, when: SQL = sql`true`) =>
  db.insert(chunks).select(sql`select ${seriesPk}, ${sentColumns} from json_each(${encoded}) as sent where ${when}`)

const appended = appendedColumn(
  (column) => `chunks.${column}`,
  (column) => `excluded.${column}`,
)

/** Returns the end of an insert that appends to the stored chunk. The sums of other quarters do not change. */
const appendTo = (quarters: readonly Quarter[]): SQL => {
  const sums = quarters.flatMap((quarter) => SUM_NAMES.map((name) => sumColumn(name, quarter)))
  const columns = ['last', ...TEXT_COLUMNS, ...sums, 'states'] as const
  return sql.raw(`on conflict (series_pk, start) do update set ${columns.map((column) => `${column} = ${appended(column)}`).join(', ')}`)
}

/** The source of one chunk, with a parameter for each column. SQLite runs it in a quarter of the time of the one below. */
const compileOne = (quarters: readonly Quarter[]) =>
  sqlTemplate<[organisationPk: number, factory: number, when: SQL, ...columns: EncodedChunk]>(
    (organisationPk, factory, when, ...columns) => sql`select f.series_pk, ${sql.join(columns, sql`, `)} from factories as f
      where f.organisation_pk = ${organisationPk} and f.id = ${factory} and ${when} ${appendTo(quarters)}`,
  )

/** The source of several chunks, as one parameter, because D1 allows 100 parameters per statement. */
const compileSeveral = (quarters: readonly Quarter[]) =>
  sqlTemplate<[organisationPk: number, encoded: string, when: SQL]>(
    (organisationPk, encoded, when) => sql`select f.series_pk, ${sentColumns} from json_each(${encoded}) as sent
      cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = sent.value ->> ${literal(ENCODED.factory)}
      where ${when} ${appendTo(quarters)}`,
  )

/** Returns a function that compiles for each set of quarters once. SQLite itself compiles such a statement in half the time. */
const forQuarters = <Compiled>(compile: (quarters: readonly Quarter[]) => Compiled) => {
  const compiled = new Map<string, Compiled>()
  return (quarters: readonly Quarter[]): Compiled => {
    const name = quarters.join('')
    const known = compiled.get(name) ?? compile(quarters)
    compiled.set(name, known)
    return known
  }
}
const oneChunk = forQuarters(compileOne)
const severalChunks = forQuarters(compileSeveral)

/**
 * Builds the statement that appends chunks to the series of their factories. They must be later than all stored readings.
 * @param when condition of the whole statement
 */
export const appendChunks = (db: Database, organisationPk: number, sent: readonly EncodedChunk[], when: SQL) => {
  const quarters = QUARTERS.filter((quarter) => sent.some((chunk) => chunk[encodedPosition(sumColumn('readings', quarter))] !== 0))
  const [first, second] = sent
  const source =
    first && second === undefined
      ? oneChunk(quarters)(organisationPk, Number(first[ENCODED.factory]), when, ...POSITIONS.map((position) => first[position]!))
      : severalChunks(quarters)(organisationPk, JSON.stringify(sent), when)
  return db.insert(chunks).select(source)
}

import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { eachField, figureColumns } from '../db/reading-sql.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { readings } from '../db/schema.ts'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import type { FieldName } from '../schemas/reading-fields.ts'

/** A reading of a request. An absent figure keeps the stored one, null clears it. `time` is in Unix seconds. */
export type ReadingInput = { time: number } & { [Name in FieldName]?: number | null | undefined }

/** A reading of a request with readings of several factories. */
export type FactoryReading = ReadingInput & { factory: number }

/** An encoded reading: time, bits of the figures that were sent, the figures. */
type EncodedReading = [time: number, sent: number, ...figures: (number | null)[]]

/** The bit and the position of each field in an encoded reading. */
const ENCODING = FIELD_NAMES.map((name, index) => ({ name, bit: 1 << index, at: 2 + index }))
const NO_FIGURES = ENCODING.map(() => null)

/**
 * Encodes readings as one JSON parameter, because D1 allows 100 parameters per statement. The JSON is a list of pairs of a factory
 * and its readings. Of several readings of one factory and time, the last value of each figure wins.
 */
export const encodeReadings = (inputs: (ReadingInput & { factory?: number })[]): string => {
  const factories = new Map<number, Map<number, EncodedReading>>()
  for (const input of inputs) {
    const { factory = 0, time } = input
    const rows = factories.get(factory) ?? factories.set(factory, new Map()).get(factory)!
    const row = rows.get(time) ?? rows.set(time, [time, 0, ...NO_FIGURES]).get(time)!
    for (const { name, bit, at } of ENCODING) {
      const figure = input[name]
      if (figure !== undefined) [row[1], row[at]] = [row[1] | bit, figure]
    }
  }
  return JSON.stringify(Array.from(factories, ([factory, rows]) => [factory, [...rows.values()]]))
}

/** The readings of the JSON pair `pair`, as a table. */
export const readingsOfPair = sql`json_each(pair.value, '$[1]')`

/** The figures of the encoded reading `input`. */
const sentFigures = sql.raw(ENCODING.map(({ name, at }) => `input.value ->> ${at} as ${name}`).join(', '))

/** The figures that were sent with the encoded reading `input`, and those of the stored reading `old` that were not. */
const mergedFigures = sql.raw(
  ENCODING.map(
    ({ name, bit, at }) => `case when input.value ->> 1 & ${bit} then input.value ->> ${at} else old.${name} end as ${name}`,
  ).join(', '),
)

/** Decodes readings to a table of factory, time, sent and the figures. */
export const decodedRows = sqlTemplate<[encoded: string]>(
  (encoded) => sql`(select pair.value ->> 0 as factory, input.value ->> 0 as time, input.value ->> 1 as sent,
  ${sentFigures} from json_each(${encoded}) as pair cross join ${readingsOfPair} as input)`,
)

/** Builds the statement that inserts encoded readings into an empty series. */
export const insertReadings = (db: Database, seriesPk: SQL, encoded: string, when: SQL = sql`true`) =>
  db.insert(readings).select(sql`select ${seriesPk}, time, ${figureColumns} from ${decodedRows(encoded)} where ${when}`)

/**
 * Selects the changes of encoded readings as a table of series_pk, factory, time, the new figures, the old figures, whether the
 * reading is new (`added`), and whether a figure is overwritten. A reading that equals the stored one is not in it.
 * `cross join` fixes the join order. SQLite would otherwise read every factory of the organisation, and all readings for each.
 */
export const changedReadings = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`(select * , not added and (
    ${eachField((name) => `(old_${name} is not null and ${name} is not old_${name})`, ' or ')}) as overwrites
  from (select f.series_pk, f.id as factory, input.value ->> 0 as time,
    ${mergedFigures},
    ${eachField((name) => `old.${name} as old_${name}`)}, old.time is null as added
  from json_each(${encoded}) as pair
  cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = pair.value ->> 0
  cross join ${readingsOfPair} as input
  left join readings as old on old.series_pk = f.series_pk and old.time = input.value ->> 0)
  where added or ${eachField((name) => `${name} is not old_${name}`, ' or ')})`,
)

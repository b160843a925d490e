import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { integer } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { chunks } from '../db/schema.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import type { Placeholder } from '../db/sql-template.ts'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import { appendedColumn } from './append.ts'
import { CHUNK_COLUMNS } from './chunk.ts'
import { ENCODED, encodedPosition, sentBit } from './encode.ts'
import { chunkTexts, eachField, figureColumns, pack, unpack } from './unpack.ts'
import { literal } from '../db/literal.ts'

/** SQL of `exceedsActual`: 1 if a reading has more scrap than actual production; null without scrap. */
const EXCEEDS_ACTUAL = 'scrap > coalesce(actual, -1)'

/** The texts of an encoded chunk, for `unpack`. */
const SENT_TEXTS = Object.fromEntries(
  ['times', 'sent', ...FIELD_NAMES].map((name) => [name, `(encoded ->> ${ENCODED[name as keyof typeof ENCODED]})`]),
)

/**
 * The changes that encoded readings make to stored chunks, as common table expressions:
 *   input        the sent chunks, with the columns of the stored chunk of the same hour as `old_…`, or null;
 *   overlapping  sent chunks whose readings are compared with the stored ones one by one;
 *   stored       the stored readings of the overlapping chunks;
 *   changed      the readings of overlapping chunks that are new or differ: series_pk, factory, start, time, the new figures, the
 *                old figures, whether the reading is new (`added`), and whether a figure is overwritten (`overwrites`).
 * A sent chunk that does not overlap follows the stored readings, so it is appended without reading them. `cross join` fixes the
 * join order. SQLite would otherwise read every factory of the organisation.
 */
const changes = (organisationPk: Placeholder, encoded: Placeholder, isOverlapping: string): SQL =>
  sql`input as materialized (select f.series_pk, f.id as factory, sent.value as encoded, sent.value ->> ${literal(ENCODED.start)} as start,
      sent.value ->> ${literal(ENCODED.first)} as first, sent.value ->> ${literal(ENCODED.last)} as last,
      sent.value ->> ${literal(ENCODED.readings)} as readings, ${sql.raw(CHUNK_COLUMNS.map((name) => `old.${name} as old_${name}`).join(', '))}
    from json_each(${encoded}) as sent cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = sent.value ->> ${literal(ENCODED.factory)}
    left join chunks as old on old.series_pk = f.series_pk and old.start = sent.value ->> ${literal(ENCODED.start)}),
  overlapping as materialized (select * from input where ${sql.raw(isOverlapping)}),
  stored as materialized (${unpack('overlapping', chunkTexts('old_'))}),
  sent as materialized (${unpack('overlapping', SENT_TEXTS)}),
  changed as materialized (select *, not added and (${eachField((name) => `(old_${name} is not null and ${name} is not old_${name})`, ' or ')}) as overwrites
    from (select sent.series_pk, sent.factory, sent.start, sent.time, stored.time is null as added,
      ${eachField((name) => `case when sent.sent & ${sentBit(name)} then sent.${name} else stored.${name} end as ${name}`)},
      ${eachField((name) => `stored.${name} as old_${name}`)}
      from sent left join stored on stored.series_pk = sent.series_pk and stored.time = sent.time)
    where added or ${eachField((name) => `${name} is not old_${name}`, ' or ')})`

const FOLLOWS = 'old_last is null or old_last < first'

/**
 * Returns the common table expressions `changed` and `totals`: the number of readings that change (`changed`) and that are new
 * (`added`), whether one `overwrites` a figure, whether one has more scrap than actual production (`exceeds`), the range of their
 * times, and the ids of their factories.
 */
export const upsertChanges = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`with ${changes(organisationPk, encoded, 'old_last >= first')},
  totals as materialized (select coalesce(sum(changed), 0) as changed, sum(added) as added, max(overwrites) as overwrites, max(exceeds) as exceeds,
    min(first) as first, max(last) as last, json_group_array(distinct factory) as factories
    from (select readings as changed, readings as added, 0 as overwrites, encoded ->> ${literal(ENCODED.exceeds)} as exceeds, first, last, factory from input where ${sql.raw(FOLLOWS)}
      union all select 1, added, overwrites, ${sql.raw(EXCEEDS_ACTUAL)}, time, time, factory from changed))`,
)

const excessScrap = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`(with ${changes(organisationPk, encoded, 'true')}
  select factory, time, actual, scrap from changed where ${sql.raw(EXCEEDS_ACTUAL)}) as excess`,
)

/** Selects the readings that encoded readings would give more scrap than actual production, with the figures that they would have. */
export const selectExcessScrap = (db: Database, organisationPk: number, encoded: string) =>
  db
    .select({
      factory: sql<number>`factory`.as('factory'),
      time: sql<number>`time`.as('time'),
      actual: sql<number | null>`actual`.as('actual'),
      scrap: sql<number | null>`scrap`.as('scrap'),
    })
    .from(excessScrap(organisationPk, encoded))

/** The end of an insert that replaces the stored chunks. It is text, because Drizzle's `onConflictDoUpdate` builds it for every write. */
const replaceStored = sql.raw(
  `on conflict (series_pk, start) do update set ${CHUNK_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}`,
)

const appended = appendedColumn(
  (column) => `old_${column}`,
  (column) => `(encoded ->> ${encodedPosition(column)})`,
)
/** The columns of a sent chunk of `input` after the stored one. */
const appendedColumns = sql.raw(CHUNK_COLUMNS.map(appended).join(', '))

/** The chunks after an upsert: sent chunks appended to the stored ones, and overlapping chunks packed again. */
const upsertedChunks = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`with ${changes(organisationPk, encoded, 'old_last >= first')}
  select series_pk, start, ${appendedColumns}
  from input where ${sql.raw(FOLLOWS)}
  union all ${pack(sql`select series_pk, start, time, ${figureColumns} from changed
    union all select series_pk, start, time, ${figureColumns} from stored where (series_pk, start) in (select series_pk, start from changed)
      and not exists (select 1 from changed where changed.series_pk = stored.series_pk and changed.time = stored.time)`)} ${replaceStored}`,
)

/** Builds the statement that upserts encoded readings of factories of an organisation. */
export const upsertChunks = (db: Database, organisationPk: number, encoded: string) =>
  db.insert(chunks).select(upsertedChunks(organisationPk, encoded))

/** Builds the statement that packs readings to chunks, which replace the stored ones. */
export const replaceChunks = (db: Database, readings: SQL) => db.insert(chunks).select(sql`${pack(readings)} ${replaceStored}`)

/**
 * Returns the common table expressions of a replacement of one series: `sent` has the readings of overlapping chunks, and `compared` the
 * number of sent readings that equal no stored one (`changed`), and of stored readings with the time of a sent one (`matched`).
 */
export const replaceChanges = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`with ${changes(organisationPk, encoded, 'old_times is not null')},
  compared as materialized (select
    (select count(*) from changed) + (select coalesce(sum(readings), 0) from input where old_times is null) as changed,
    (select count(*) from sent join stored on stored.time = sent.time) as matched)`,
)

/** Returns SQL that unpacks encoded readings of a factory. */
export const sentReadings = (factory: number, encoded: string): SQL => sql`with sent_chunks as (
    select 0 as series_pk, ${integer(factory)} as factory, sent.value ->> ${literal(ENCODED.start)} as start, sent.value as encoded
    from json_each(${encoded}) as sent)
  ${unpack('sent_chunks', SENT_TEXTS)}`

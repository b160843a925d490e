import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { integer } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { chunks } from '../db/schema.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import type { Placeholder } from '../db/sql-template.ts'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import { SUM_COLUMNS, TEXT_COLUMNS } from './chunk.ts'
import { ENCODED, encodedSum, sentBit } from './encode.ts'
import { readingCount } from './select.ts'
import { joinedStates } from './states-sql.ts'
import { CHUNK_COLUMNS, chunkTexts, eachField, figureColumns, pack, unpack } from './unpack.ts'
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
    from json_each(${encoded}) as pair cross join factories as f on f.organisation_pk = ${organisationPk} and f.id = pair.value ->> 0
    cross join json_each(pair.value, '$[1]') as sent
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

/** Returns SQL that repeats a text. */
const repeat = (text: string, times: string) => `replace(hex(zeroblob(${times})), '00', '${text}')`

/** Returns SQL for a stored text with the sent one after it. The readings of a text that is null have null; null if both are. */
const appendedText = (name: (typeof TEXT_COLUMNS)[number]) => {
  const [old, sent] = [`old_${name}`, `(encoded ->> ${ENCODED[name]})`]
  return `coalesce(${old} || coalesce(',' || ${sent}, ${repeat(',null', 'readings')}), ${repeat('null,', readingCount('old_'))} || ${sent})`
}

/** Returns SQL for a sum of the stored and the sent chunk. A sum is null if neither has the figure. */
const addedSum = (column: string) => {
  const [old, sent] = [`old_${column}`, `encoded ->> ${encodedSum(column)}`]
  return `min(coalesce(${old} + (${sent}), ${old}, ${sent}), ${Number.MAX_SAFE_INTEGER})`
}

/** The end of an insert that replaces the stored chunks. It is text, because Drizzle's `onConflictDoUpdate` builds it for every write. */
const replaceStored = sql.raw(
  `on conflict (series_pk, start) do update set ${CHUNK_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')}`,
)

/** The chunks after an upsert: sent chunks appended to the stored ones, and overlapping chunks packed again. */
const upsertedChunks = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`with ${changes(organisationPk, encoded, 'old_last >= first')}
  select series_pk, start, last, ${sql.raw(TEXT_COLUMNS.map(appendedText).join(', '))}, ${sql.raw(SUM_COLUMNS.map(addedSum).join(', '))},
    ${joinedStates('old_states', `(encoded ->> ${ENCODED.states})`)}
  from input where ${sql.raw(FOLLOWS)}
  union all ${pack(sql`select series_pk, start, time, ${figureColumns} from changed
    union all select series_pk, start, time, ${figureColumns} from stored where (series_pk, start) in (select series_pk, start from changed)
      and not exists (select 1 from changed where changed.series_pk = stored.series_pk and changed.time = stored.time)`)} ${replaceStored}`,
)

/** Builds the statement that upserts encoded readings of factories of an organisation. */
export const upsertChunks = (db: Database, organisationPk: number, encoded: string) =>
  db.insert(chunks).select(upsertedChunks(organisationPk, encoded))

/** Builds the statement that inserts encoded readings into an empty series. */
export const insertChunks = (db: Database, seriesPk: SQL, encoded: string, when: SQL = sql`true`) =>
  db.insert(chunks).select(sql`select ${seriesPk}, ${sql.raw(
    [ENCODED.start, ENCODED.last, ...TEXT_COLUMNS.map((name) => ENCODED[name]), ...SUM_COLUMNS.map(encodedSum), ENCODED.states]
      .map((position) => `sent.value ->> ${position}`)
      .join(', '),
  )}
    from json_each(${encoded}) as pair cross join json_each(pair.value, '$[1]') as sent where ${when}`)

/** Builds the statement that packs readings to chunks, which replace the stored ones. */
export const replaceChunks = (db: Database, readings: SQL) => db.insert(chunks).select(sql`${pack(readings)} ${replaceStored}`)

/**
 * Returns the common table expressions of a replacement: `sent` has the readings of overlapping chunks, and `compared` the number of
 * sent readings that equal no stored one (`changed`), and of stored readings with the time of a sent one (`matched`).
 */
export const replaceChanges = sqlTemplate<[organisationPk: number, encoded: string]>(
  (organisationPk, encoded) => sql`with ${changes(organisationPk, encoded, 'old_times is not null')},
  compared as materialized (select
    (select count(*) from changed) + (select coalesce(sum(readings), 0) from input where old_times is null) as changed,
    (select count(*) from sent join stored on stored.series_pk = sent.series_pk and stored.time = sent.time) as matched)`,
)

/** Returns SQL that unpacks the first encoded readings of a factory, at least `limit` of them. */
export const sentReadings = (factory: number, encoded: string, limit: number): SQL => sql`with first_sent as (
    select 0 as series_pk, ${integer(factory)} as factory, sent.value ->> ${literal(ENCODED.start)} as start, sent.value as encoded
    from json_each(${encoded}) as pair cross join json_each(pair.value, '$[1]') as sent limit ${literal(limit)})
  ${unpack('first_sent', SENT_TEXTS)}`

import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { oneRow } from '../db/client.ts'
import { phrase } from '../db/sql-template.ts'
import { readings } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { latestJson } from '../queries/chart-columns.ts'
import { latestOfEach, selectReading } from '../queries/factories.ts'
import { keepBuckets } from '../rollups/buckets.ts'
import type { Author, Draft, Guard } from './mutation.ts'
import { factoryExists, isNumbered } from './factories.ts'
import { keepFigures } from '../rollups/latest-and-day.ts'
import { areKept } from './retention-guard.ts'
import { differing, packReadings, readingsOfPlace } from './reading-input.ts'
import type { FactoryReading, Reading } from './reading-input.ts'
import { chartOf, readingOf } from './series-representations.ts'

/** Readings to an image in the log: enough to undo a slip, few enough to keep the log smaller than the data. */
export const IMAGE_READINGS = 100

/** An image of the rows of a table, in order of time. */
export const imageOf = (figures: SQL, rows: SQL): SQL => sql`(select json_group_array(json(reading)) from (
  select json_object('factory', factory, 'time', time, ${figures}) as reading from ${rows} order by factory, time limit ${IMAGE_READINGS}))`

/** One figure of what the log says of a commit; 0 where nothing changed and nothing is logged. */
export const logged = (commitId: string, figure: 'changed' | 'added'): SQL<number> =>
  sql<number>`coalesce((select detail ->> ${figure} from changes where commit_id = ${commitId}), 0)`

/** The ids of the factories whose readings a commit changed; none where it changed nothing. Runs after the log entry. */
const changedFactories = phrase<[commitId: string]>(
  (commitId) => sql`(select value from json_each((select detail -> 'factories' from changes where commit_id = ${commitId})))`,
)
const changedSeries = phrase<[organisation: number, commitId: string]>(
  (organisation, commitId) =>
    sql`(select series from factories where organisation = ${organisation} and id in ${changedFactories(commitId)})`,
)

/** The times that a commit may have changed, for every calendar they are summed up in. Each factory is looked up once. */
const changedTimes = phrase<[organisation: number, commitId: string, packed: string]>(
  (organisation, commitId, packed) => sql`(select c.number as calendar, c.series, c.zone, given.value ->> 0 as time
  from json_each(${packed}) as place
  cross join factories as changed on changed.organisation = ${organisation} and changed.id = place.value ->> 0
    and changed.id in ${changedFactories(commitId)}
  cross join calendars as c on c.series = changed.series and c.dropped_at is null
  cross join ${readingsOfPlace} as given)`,
)

interface Upsert {
  /** The factories concerned, all of which must be there. */
  ids: number[]
  given: FactoryReading[]
  target: string
}

/** Upserts readings. Called a correction in the log where it overwrites a figure, with images of both. */
const upsert = (author: Author, { ids, given, target }: Upsert) => {
  const packed = packReadings(given)
  const rows = differing(author.organisation, packed)
  const overwritten = sql`(select * from differing where overwrites)`
  return {
    change: { subject: 'readings', verb: 'appended', factories: ids },
    guards: [allExist(author, ids), areKept(author, given)],
    log: {
      with: sql`with differing as materialized ${rows}`,
      source: sql`differing having count(*) > 0`,
      verb: sql`case when max(overwrites) then 'corrected' else 'appended' end`,
      target,
      before: sql`case when max(overwrites) then ${imageOf(sql`'actual', was_actual, 'goal', was_goal`, overwritten)} end`,
      after: sql`case when max(overwrites) then ${imageOf(sql`'actual', actual, 'goal', goal`, overwritten)} end`,
      detail: sql`json_object('received', ${given.length}, 'changed', count(*), 'added', sum(added), 'from', min(time), 'to', max(time),
        'factories', json_group_array(distinct factory))`,
    },
    statements: (db, commitId) => [
      db
        .insert(readings)
        .select(sql`select series, time, actual, goal from ${rows} where true`)
        .onConflictDoUpdate({ target: [readings.series, readings.time], set: { actual: sql`excluded.actual`, goal: sql`excluded.goal` } }),
      ...keepBuckets(db, changedTimes(author.organisation, commitId, packed)),
      keepFigures(db, changedSeries(author.organisation, commitId)),
    ],
  } satisfies Omit<Draft<unknown>, 'answer'>
}

/** How many readings an upsert changed, and the newest reading or readings as JSON text. */
const selectEffect = (db: Database, commitId: string, latest: SQL<string | null>) =>
  db.select({ changed: logged(commitId, 'changed').as('changed'), latest: latest.as('latest') }).from(oneRow)

/** Upserts readings of one factory. */
export const appendReadings = (author: Author, factory: number, given: Reading[]) =>
  ({
    ...upsert(author, {
      ids: [factory],
      given: given.map((reading) => ({ ...reading, factory })),
      target: `/api/factory/${factory}/chart-data`,
    }),
    representations: [chartOf(author, factory)],
    answer: (db, commitId) =>
      selectEffect(db, commitId, sql`(select ${latestJson} from factories where ${isNumbered(author.organisation, factory)})`),
  }) satisfies Draft<unknown>

/** Upserts readings of many factories. */
export const appendFactoryReadings = (author: Author, given: FactoryReading[]) => {
  const ids = [...new Set(given.map(({ factory }) => factory))]
  return {
    ...upsert(author, { ids, given, target: '/api/readings' }),
    answer: (db, commitId) => selectEffect(db, commitId, latestOfEach(author.organisation, ids)),
  } satisfies Draft<unknown>
}

/** The guard that every factory is there. */
const allExist = (author: Author, ids: number[]): Guard =>
  ids.length === 1
    ? factoryExists(author, ids[0]!)
    : {
        holds: sql`(select count(*) from factories where organisation = ${author.organisation}
    and id in (select value from json_each(${JSON.stringify(ids)}))) = ${ids.length}`,
        otherwise: () => new Problem('conflict', 'A factory was deleted while its readings were on their way.'),
      }

/** Corrects one reading, or adds it. */
export const correctReading = (author: Author, factory: number, reading: Reading) => {
  const target = `/api/factory/${factory}/chart-data/${reading.time}`
  return {
    ...upsert(author, { ids: [factory], given: [{ ...reading, factory }], target }),
    representations: [readingOf(author, factory, reading.time)],
    answer: (db, commitId) => selectReading(db, author.organisation, factory, reading.time, logged(commitId, 'added')),
  } satisfies Draft<unknown>
}

/** Removes one reading. */
export const removeReading = (author: Author, factory: number, time: number) => {
  const shown = sql`(select series from factories where ${isNumbered(author.organisation, factory)})`
  const held = sql`series = ${shown} and time = ${time}`
  return {
    change: { subject: 'readings', verb: 'removed', factories: [factory] },
    guards: [
      factoryExists(author, factory),
      areKept(author, [{ factory, time }]),
      {
        holds: sql`exists (select 1 from readings where ${held})`,
        otherwise: () => new Problem('not-found', `Factory ${factory} has no reading at ${time}.`),
      },
    ],
    representations: [readingOf(author, factory, time)],
    log: {
      source: sql`${readings} where ${held}`,
      verb: 'removed',
      target: `/api/factory/${factory}/chart-data/${time}`,
      before: sql`json_array(json_object('factory', ${factory}, 'time', time, 'actual', actual, 'goal', goal))`,
    },
    statements: (db) => [
      db.delete(readings).where(held),
      ...keepBuckets(
        db,
        sql`(select number as calendar, series, zone, ${time} as time from calendars where series = ${shown} and dropped_at is null)`,
        true,
      ),
      keepFigures(db, sql`(${shown})`),
    ],
    answer: (db) => selectReading(db, author.organisation, factory, time),
  } satisfies Draft<unknown>
}

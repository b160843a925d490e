import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { singleRow } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { readings } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { latestJson } from '../queries/chart-columns.ts'
import { latestOfEach, selectReading } from '../queries/factories.ts'
import { updateRollups } from '../rollups/buckets.ts'
import type { Actor, Mutation, Guard } from './mutation.ts'
import { factoryExists, hasId } from './factories.ts'
import { updateLatestAndDay } from '../rollups/latest-and-day.ts'
import { withinRetention } from './retention-guard.ts'
import { changedReadings, encodeReadings, readingsOfPlace } from './reading-input.ts'
import type { FactoryReading, ReadingInput } from './reading-input.ts'
import { chartOf, readingOf } from './series-representations.ts'

/** Readings to an image in the log: enough to undo a slip, few enough to keep the log smaller than the data. */
export const IMAGE_READINGS = 100

/** An image of the rows of a table, in order of time. */
export const auditImage = (figures: SQL, rows: SQL): SQL => sql`(select json_group_array(json(reading)) from (
  select json_object('factory', factory, 'time', time, ${figures}) as reading from ${rows} order by factory, time limit ${IMAGE_READINGS}))`

/** One figure of what the log says of a commit; 0 where nothing changed and nothing is logged. */
export const auditCount = (commitId: string, figure: 'changed' | 'added'): SQL<number> =>
  sql<number>`coalesce((select detail ->> ${figure} from changes where commit_id = ${commitId}), 0)`

/** The ids of the factories whose readings a commit changed; none where it changed nothing. Runs after the log entry. */
const changedFactories = sqlTemplate<[commitId: string]>(
  (commitId) => sql`(select value from json_each((select detail -> 'factories' from changes where commit_id = ${commitId})))`,
)
const changedSeries = sqlTemplate<[organisation: number, commitId: string]>(
  (organisation, commitId) =>
    sql`(select series from factories where organisation = ${organisation} and id in ${changedFactories(commitId)})`,
)

/** The times that a commit may have changed, for every calendar they are summed up in. Each factory is looked up once. */
const changedTimes = sqlTemplate<[organisation: number, commitId: string, packed: string]>(
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
const upsert = (author: Actor, { ids, given, target }: Upsert) => {
  const packed = encodeReadings(given)
  const rows = changedReadings(author.organisation, packed)
  const overwritten = sql`(select * from differing where overwrites)`
  return {
    event: { subject: 'readings', verb: 'appended', factories: ids },
    guards: [allExist(author, ids), withinRetention(author, given)],
    audit: {
      with: sql`with differing as materialized ${rows}`,
      source: sql`differing having count(*) > 0`,
      verb: sql`case when max(overwrites) then 'corrected' else 'appended' end`,
      target,
      before: sql`case when max(overwrites) then ${auditImage(sql`'actual', was_actual, 'goal', was_goal`, overwritten)} end`,
      after: sql`case when max(overwrites) then ${auditImage(sql`'actual', actual, 'goal', goal`, overwritten)} end`,
      detail: sql`json_object('received', ${given.length}, 'changed', count(*), 'added', sum(added), 'from', min(time), 'to', max(time),
        'factories', json_group_array(distinct factory))`,
    },
    statements: (db, commitId) => [
      db
        .insert(readings)
        .select(sql`select series, time, actual, goal from ${rows} where true`)
        .onConflictDoUpdate({ target: [readings.series, readings.time], set: { actual: sql`excluded.actual`, goal: sql`excluded.goal` } }),
      ...updateRollups(db, changedTimes(author.organisation, commitId, packed)),
      updateLatestAndDay(db, changedSeries(author.organisation, commitId)),
    ],
  } satisfies Omit<Mutation<unknown>, 'returning'>
}

/** How many readings an upsert changed, and the newest reading or readings as JSON text. */
const selectEffect = (db: Database, commitId: string, latest: SQL<string | null>) =>
  db.select({ changed: auditCount(commitId, 'changed').as('changed'), latest: latest.as('latest') }).from(singleRow)

/** Upserts readings of one factory. */
export const appendReadings = (author: Actor, factory: number, given: ReadingInput[]) =>
  ({
    ...upsert(author, {
      ids: [factory],
      given: given.map((reading) => ({ ...reading, factory })),
      target: `/api/factory/${factory}/chart-data`,
    }),
    conditionalOn: [chartOf(author, factory)],
    returning: (db, commitId) =>
      selectEffect(db, commitId, sql`(select ${latestJson} from factories where ${hasId(author.organisation, factory)})`),
  }) satisfies Mutation<unknown>

/** Upserts readings of many factories. */
export const appendFactoryReadings = (author: Actor, given: FactoryReading[]) => {
  const ids = [...new Set(given.map(({ factory }) => factory))]
  return {
    ...upsert(author, { ids, given, target: '/api/readings' }),
    returning: (db, commitId) => selectEffect(db, commitId, latestOfEach(author.organisation, ids)),
  } satisfies Mutation<unknown>
}

/** The guard that every factory is there. */
const allExist = (author: Actor, ids: number[]): Guard =>
  ids.length === 1
    ? factoryExists(author, ids[0]!)
    : {
        condition: sql`(select count(*) from factories where organisation = ${author.organisation}
    and id in (select value from json_each(${JSON.stringify(ids)}))) = ${ids.length}`,
        problem: () => new Problem('conflict', 'A factory was deleted during the request.'),
      }

/** Corrects one reading, or adds it. */
export const correctReading = (author: Actor, factory: number, reading: ReadingInput) => {
  const target = `/api/factory/${factory}/chart-data/${reading.time}`
  return {
    ...upsert(author, { ids: [factory], given: [{ ...reading, factory }], target }),
    conditionalOn: [readingOf(author, factory, reading.time)],
    returning: (db, commitId) => selectReading(db, author.organisation, factory, reading.time, auditCount(commitId, 'added')),
  } satisfies Mutation<unknown>
}

/** Removes one reading. */
export const removeReading = (author: Actor, factory: number, time: number) => {
  const shown = sql`(select series from factories where ${hasId(author.organisation, factory)})`
  const held = sql`series = ${shown} and time = ${time}`
  return {
    event: { subject: 'readings', verb: 'removed', factories: [factory] },
    guards: [
      factoryExists(author, factory),
      withinRetention(author, [{ factory, time }]),
      {
        condition: sql`exists (select 1 from readings where ${held})`,
        problem: () => new Problem('not-found', `Factory ${factory} has no reading at ${time}.`),
      },
    ],
    conditionalOn: [readingOf(author, factory, time)],
    audit: {
      source: sql`${readings} where ${held}`,
      verb: 'removed',
      target: `/api/factory/${factory}/chart-data/${time}`,
      before: sql`json_array(json_object('factory', ${factory}, 'time', time, 'actual', actual, 'goal', goal))`,
    },
    statements: (db) => [
      db.delete(readings).where(held),
      ...updateRollups(
        db,
        sql`(select number as calendar, series, zone, ${time} as time from calendars where series = ${shown} and dropped_at is null)`,
        true,
      ),
      updateLatestAndDay(db, sql`(${shown})`),
    ],
    returning: (db) => selectReading(db, author.organisation, factory, time),
  } satisfies Mutation<unknown>
}

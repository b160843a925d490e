import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { readings, series } from '../db/schema.ts'
import { selectProfile } from '../queries/factories.ts'
import { dueSeries, isTrimmable, selectDue, retentionEdge } from '../queries/retention.ts'
import { commit } from '../commands/commit.ts'
import { isLogged } from '../commands/mutation.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import { seriesOf } from '../commands/factories.ts'

/** Readings that one commit trims: well within the 30 s that D1 gives one. */
const TRIM_READINGS = 5_000
/** Commits of one tick; the rest waits for the next. */
const TRIM_STEPS = 20
/** Statements that one step sends: a commit, and the question what to trim. */
const STEP_QUERIES = 20

/** A series without readings to trim is looked at again after this time. */
const LOOK_EVERY_MS = 3_600_000

/** A name in the log for what nobody asked for. */
const AUTHOR = { key: null, requestId: 'cron', userAgent: null, country: null }

/** Lets the oldest readings before an edge go, some at a time; their sums stay. From the first on, no reading before it is taken. */
const trimReadings = ({ organisation }: Actor, factory: number, before: number) => {
  const shown = seriesOf(organisation, factory)
  const oldest = sql`(select r.series, r.time from series cross join readings as r on r.series = series.number and r.time < ${retentionEdge(before)}
    where series.number in ${shown} order by r.time limit ${TRIM_READINGS})`
  return {
    event: { subject: 'readings', verb: 'trimmed', factories: [factory] },
    guards: [],
    audit: {
      with: sql`with oldest as materialized ${oldest}`,
      source: sql`oldest having count(*) > 0`,
      verb: 'trimmed',
      target: `/api/factory/${factory}/chart-data`,
      detail: sql`json_object('changed', count(*), 'from', min(time), 'to', max(time))`,
    },
    statements: (db, commitId) => [
      db
        .update(series)
        .set({ trimmed_before: retentionEdge(before), revision: sql`revision + 1` })
        .where(sql`number in ${shown} and ${isLogged(commitId)}`),
      db.delete(readings).where(sql`(series, time) in ${oldest} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectProfile(db, organisation, factory),
  } satisfies Mutation<unknown>
}

/** Puts off those of the series that are due which have no readings to trim. */
const postponeStatement = (db: Database, before: number, now: number) =>
  db
    .update(series)
    .set({ retention_due_at: now + LOOK_EVERY_MS })
    .where(sql`number in ${dueSeries(now)} and not ${isTrimmable(before)}`)

/**
 * Trims readings older than RETENTION_DAYS, in whole local days; hours and days stay. The last day of data stays too, however
 * old, so that a summary is what its readings say. Each series is looked at once an hour. Answers how many steps that took.
 */
export const trimOldReadings = async (isolate: Isolate): Promise<number> => {
  const { retentionMs } = isolate.config
  if (retentionMs === 0) return 0
  let steps = 0
  for (; steps < TRIM_STEPS && hasOperationsFor(isolate, STEP_QUERIES); steps++) {
    const now = isolate.clock.now()
    const before = Math.floor((now - retentionMs) / 1000)
    const session = openSession(isolate, 'first-primary')
    const [, [next]] = await session.batch([postponeStatement(session.db, before, now), selectDue(session.db, before, now)])
    if (!next) break
    if (!next.isTrimmable) continue
    const author = { ...AUTHOR, organisation: next.organisation }
    const puts: Promise<unknown>[] = []
    await commit(isolate, (work) => puts.push(work), author, trimReadings(author, next.factory, before))
    await Promise.all(puts)
  }
  return steps
}

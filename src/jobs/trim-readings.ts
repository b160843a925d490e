import { sql } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { CHUNK_SECONDS } from '../chunks/chunk.ts'
import { isRetained, readingCount } from '../chunks/select.ts'
import { chunks, series } from '../db/schema.ts'
import { MIN_TIME } from '../local-time/time-zones.ts'
import { FIELD_NAMES, mapFields } from '../schemas/reading-fields.ts'
import { selectProfile } from '../queries/factories.ts'
import { dueSeries, isTrimmable, selectDue, retentionEdge } from '../queries/retention.ts'
import { isLogged } from '../commands/mutation.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import { selectSeriesPk } from '../commands/factories.ts'
import { commitAsCron } from './commit-as-cron.ts'
import { runSteps } from './steps.ts'
import { literal } from '../db/literal.ts'

/** Chunks that one commit trims. D1 needs far less than its limit of 30 s for them. */
const TRIM_CHUNKS = 500
/** A step is a commit, and the query that finds the series. */
const STEP_LIMITS = { steps: 20, queries: 20 }

/** Time after which a series without readings to trim is checked again. */
const CHECK_INTERVAL_MS = 3_600_000

/**
 * Builds the mutation that trims up to `TRIM_CHUNKS` of the oldest chunks before the retention edge. Their sums stay. From then on,
 * writes before the last of them are rejected.
 */
const trimReadings = ({ organisationPk }: Actor, factory: number, before: number) => {
  const activeSeries = selectSeriesPk(organisationPk, factory)
  const oldest = sql`(select c.series_pk, c.start, c.start + cast(c.times as integer) as first, c.last, ${sql.raw(readingCount('c.'))} as readings, ${retentionEdge(before)} as edge
    from series cross join chunks as c on c.series_pk = series.pk and ${isRetained} and c.start < ${retentionEdge(before)}
    where series.pk in ${activeSeries} order by c.start limit ${literal(TRIM_CHUNKS)})`
  const trimmed = (commitId: string) => sql`(select detail ->> 'before' from audit_log where commit_id = ${commitId})`
  return {
    event: { subject: 'readings', verb: 'trimmed', factories: [factory] },
    guards: [],
    audit: {
      with: sql`with oldest as materialized ${oldest}`,
      source: sql`oldest having count(*) > 0`,
      verb: 'trimmed',
      target: `/api/factory/${factory}/chart-data`,
      detail: sql`json_object('changed', sum(readings), 'from', min(first), 'to', max(last),
        'before', case when count(*) < ${TRIM_CHUNKS} then edge else max(start) + ${CHUNK_SECONDS} end)`,
    },
    statements: (db, commitId) => [
      db.update(chunks).set({ times: null, ...mapFields(FIELD_NAMES, () => null) })
        .where(sql`series_pk in ${activeSeries} and start < ${trimmed(commitId)}
          and start > (select coalesce(trimmed_before, ${MIN_TIME}) from series where pk = chunks.series_pk) - ${CHUNK_SECONDS}`),
      db
        .update(series)
        .set({ trimmed_before: trimmed(commitId) })
        .where(sql`pk in ${activeSeries} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectProfile(db, organisationPk, factory),
  } satisfies Mutation<unknown>
}

/** Postpones the due series that have no readings to trim. */
const postponeCheck = (db: Database, before: number, now: number) =>
  db
    .update(series)
    .set({ retention_due_at: now + CHECK_INTERVAL_MS })
    .where(sql`pk in ${dueSeries(now)} and not ${isTrimmable(before)}`)

/**
 * Trims readings older than RETENTION_DAYS, in whole local days. Sums stay. The last day of data also stays at any age, so
 * that a summary agrees with the readings. Each series is checked once an hour. Returns the number of steps.
 */
export const trimOldReadings = async (isolate: Isolate): Promise<number> => {
  const { retentionMs } = isolate.config
  if (retentionMs === 0) return 0
  return runSteps(isolate, STEP_LIMITS, async () => {
    const now = isolate.clock.now()
    const before = Math.floor((now - retentionMs) / 1000)
    const session = openSession(isolate, 'first-primary')
    const [, [next]] = await session.batch([postponeCheck(session.db, before, now), selectDue(session.db, before, now)])
    if (!next) return false
    if (next.isTrimmable) await commitAsCron(isolate, next.organisationPk, (actor) => trimReadings(actor, next.factory, before))
    return true
  })
}

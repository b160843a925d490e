import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { singleRow, openSession } from '../db/client.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'
import type { Database } from '../db/client.ts'
import { dropRollups } from '../rollups/calendars.ts'
import { calendars, changes, days, heartbeat, hours, readings, series } from '../db/schema.ts'
import { deleteExpiredRecords } from '../commands/idempotency.ts'

/** Readings swept in one batch: well within the 30 s that D1 gives one. */
const SWEEP_READINGS = 10_000
/** Batches of one tick; the rest waits for the next. */
const SWEEP_STEPS = 20
/** Statements that one of them sends. */
const STEP_QUERIES = 3
/** Log entries trimmed in one tick. */
const TRIM_CHANGES = 10_000
/** How long entries are kept of what only adds; what destroys or governs is kept for AUDIT_DAYS. */
const APPENDED_MS = 7 * 86_400_000

/** Series or calendars that one batch goes over: an organisation may leave thousands, most of them small. */
const SWEEP_AT_ONCE = 1_000

/** The oldest dropped series, which are swept first. */
const droppedSeries = sql.raw(`(select number from series where dropped_at is not null order by dropped_at limit ${SWEEP_AT_ONCE})`)

const sweepStatement = (db: Database) =>
  db
    .delete(readings)
    .where(sql`(series, time) in (select r.series, r.time from ${droppedSeries} as dropped
  cross join readings as r on r.series = dropped.number limit ${SWEEP_READINGS})`)
    .returning({ time: readings.time })

/** The oldest dropped calendars, swept like series: some hours, some days, and at last themselves. */
const droppedCalendars = sql.raw(`(select number from calendars where dropped_at is not null order by number limit ${SWEEP_AT_ONCE})`)

const sweepBuckets = (db: Database, table: typeof hours | typeof days) =>
  db
    .delete(table)
    .where(
      sql`(calendar, start) in (select b.calendar, b.start from ${droppedCalendars} as dropped
  cross join ${table} as b on b.calendar = dropped.number limit ${SWEEP_READINGS})`,
    )
    .returning({ start: table.start })

const forgetCalendars = (db: Database) =>
  db
    .delete(calendars)
    .where(
      sql`number in ${droppedCalendars} and not exists (select 1 from hours where hours.calendar = calendars.number)
        and not exists (select 1 from days where days.calendar = calendars.number)`,
    )
    .returning({ number: calendars.number })

/** Sweeps the hours and days of calendars that are no longer shown; answers how many. */
export const sweepRollups = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  let swept = 0
  for (let step = 0; step < SWEEP_STEPS && (step === 0 || hasOperationsFor(isolate, STEP_QUERIES)); step++) {
    const [gone, alsoGone, forgotten] = await session.batch([
      sweepBuckets(session.db, hours),
      sweepBuckets(session.db, days),
      forgetCalendars(session.db),
    ])
    swept += gone.length + alsoGone.length
    if (gone.length + alsoGone.length + forgotten.length === 0) break
  }
  return swept
}

/** A series goes with its last reading. */
const forgetStatement = (db: Database) =>
  db
    .delete(series)
    .where(sql`number in ${droppedSeries} and not exists (select 1 from readings where readings.series = ${series.number})`)
    .returning({ number: series.number })

/** Sweeps the readings of replaced series and deleted factories; answers how many. */
export const sweepSeries = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  let swept = 0
  for (let step = 0; step < SWEEP_STEPS && (step === 0 || hasOperationsFor(isolate, STEP_QUERIES)); step++) {
    const [gone, , forgotten] = await session.batch([
      sweepStatement(session.db),
      dropRollups(session.db, sql`series in ${droppedSeries}`, isolate.clock.now()),
      forgetStatement(session.db),
    ])
    swept += gone.length
    if (gone.length === 0 && forgotten.length === 0) break
  }
  return swept
}

/**
 * The first entry from a place in the log on that is not older than an edge, or the last of those that one tick looks at. Entries
 * are in order of time. Only a command of an operator whose clock is wrong can date one in the future; it is passed over.
 */
const endOfDue = (from: SQL, edge: number, now: number) => {
  const looked = sql`(select seq, at from changes where seq >= ${from} order by seq limit ${TRIM_CHANGES})`
  return sql<number>`coalesce((select seq from ${looked} where at between ${edge} and ${now} limit 1), (select max(seq) from ${looked}), 0)`
}

const deleteDue = (db: Database, from: number, end: number, which: SQL) =>
  db
    .delete(changes)
    .where(sql`seq >= ${from} and seq < ${end} and ${which}`)
    .returning({ seq: changes.seq })

/**
 * Trims the log; answers how many entries went. The newest stays whatever its age: its number is the clock of the cache. Entries
 * that are kept for longer lie between those that only add, so the row of the heartbeat says how far the latter are trimmed.
 */
export const trimAuditLog = async (isolate: Isolate): Promise<number> => {
  const now = isolate.clock.now()
  const [edge, appendedEdge] = [now - isolate.config.auditMs, now - APPENDED_MS]
  const { db, batch } = openSession(isolate, 'first-primary')
  const trimmedTo = sql<number>`coalesce((select appended_trimmed_to from heartbeat where id = 1), 0)`
  const [[due]] = await batch([
    db
      .select({
        end: endOfDue(sql`0`, edge, now).as('due_end'),
        appendedFrom: trimmedTo.as('appended_from'),
        appendedEnd: endOfDue(trimmedTo, appendedEdge, now).as('appended_end'),
      })
      .from(singleRow),
  ])
  const { end, appendedFrom, appendedEnd } = due!
  const [old, appended] = await batch([
    deleteDue(db, 0, end, sql`at < ${edge}`),
    deleteDue(db, appendedFrom, appendedEnd, sql`verb = 'appended' and at < ${appendedEdge}`),
    db
      .update(heartbeat)
      .set({ appended_trimmed_to: appendedEnd })
      .where(sql`id = 1 and appended_trimmed_to < ${appendedEnd}`),
  ])
  return old.length + appended.length
}

/** Drops answers that were kept for requests with an Idempotency-Key; answers how many. */
export const deleteIdempotencyRecords = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [, gone] = await session.batch(deleteExpiredRecords(session.db, isolate.clock.now()))
  return gone.length
}

/** Notes that a tick came to its end. */
export const recordHeartbeat = async (isolate: Isolate): Promise<void> => {
  const session = openSession(isolate, 'first-primary')
  const at = isolate.clock.now()
  await session.batch([session.db.insert(heartbeat).values({ id: 1, at }).onConflictDoUpdate({ target: heartbeat.id, set: { at } })])
}

/** Runs a write that changes no row, so that a database which refuses writes says so. Returns the bytes of the database. */
export const probeWrites = async (isolate: Isolate): Promise<number> => {
  const { db } = openSession(isolate, 'first-primary')
  const { meta } = await db
    .delete(heartbeat)
    .where(sql`false`)
    .run()
  return meta.size_after
}

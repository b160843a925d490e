import type { StatementSync } from 'node:sqlite'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { insertChunks } from '../../../src/chunks/append.ts'
import { encodeReadings } from '../../../src/chunks/encode.ts'
import { buildGuards, mutationStatements } from '../../../src/commands/mutation-batch.ts'
import { allHold, isLogged } from '../../../src/commands/mutation.ts'
import type { Actor, Condition, Mutation } from '../../../src/commands/mutation.ts'
import { appendReadings, upsertReadings } from '../../../src/commands/readings.ts'
import { createCommitId } from '../../../src/db/commit-id.ts'
import { dialect } from '../../../src/db/dialect.ts'
import { invalidatedRanges } from '../../../src/documents/registry.ts'
import { rebuildDays } from '../../../src/local-time/days.ts'
import { seedDatabase } from '../../simulation/seed-database.ts'
import { SimulatedD1, WELL_D1, word } from '../../support/simulated-d1.ts'
import type { Query } from '../../support/simulated-d1.ts'
import { Timeline } from '../../support/timeline.ts'

const START = Date.UTC(2026, 0, 1) / 1_000
const MINUTE = 60
const DAY = 86_400
/** Builds statements, and cannot run them, because it has no database. */
const db = drizzle({} as D1Database)
const ACTOR: Actor = { organisationPk: 1, key: { pk: 1, role: 'operator' }, requestId: 'bench', userAgent: null, country: null }

const toQuery = (statement: unknown): Query => {
  const { sql: text, params } = dialect.sqlToQuery((statement as { getSQL(): SQL }).getSQL())
  return { sql: text, params: params as Query['params'], writes: true }
}

/** Returns the batch of a mutation, as the commit sends it. */
const batchOf = (mutation: Mutation<unknown>): Query[] => {
  const [commitId, now] = [createCommitId(), START * 1_000]
  const conditions: Condition[] = [
    ...buildGuards(ACTOR, mutation, now),
    ...(mutation.fallback ? [{ condition: mutation.fallback.unless }] : []),
  ]
  const guard = sql`not ${isLogged(commitId)} and (${allHold(conditions)})`
  const ranges = invalidatedRanges(ACTOR.organisationPk, mutation.event)
  const { auditEntry, data, invalidation } = mutationStatements(db, ACTOR, mutation, guard, commitId, now, { ranges, maxClaims: 100 })
  const statements = [auditEntry, ...data, invalidation, ...(mutation.row === undefined ? [mutation.returning(db, commitId)] : [])]
  return statements.map(toQuery)
}

/** Starts a database of factories with readings. Each function writes once, and returns the microseconds in SQLite. */
export const startSeries = (factories: number, days: number) => {
  const d1 = new SimulatedD1(new Timeline(1), WELL_D1, 'north')
  seedDatabase(d1, factories + 1)
  const readings = Array.from({ length: (days * DAY) / MINUTE }, (_, index) => ({
    time: START + index * MINUTE,
    actual: 20 + (index % 17),
    goal: 30,
  }))
  for (let id = 0; id < factories; id++) {
    const pk = sql`(select series_pk from factories where organisation_pk = 1 and id = ${id})`
    d1.commit([toQuery(insertChunks(db, pk, encodeReadings(readings)))])
    d1.commit(rebuildDays(db, sql`(select series_pk, time_zone from factories where organisation_pk = 1 and id = ${id})`).map(toQuery))
  }
  d1.commit([
    word(
      'create table bare_readings (series_pk integer, time integer, actual integer, goal integer, primary key (series_pk, time)) strict, without rowid',
    ),
  ])

  const [begin, end, undo] = ['begin', 'commit', 'rollback'].map((text) => d1.prepare(text)) as [
    StatementSync,
    StatementSync,
    StatementSync,
  ]
  /** Runs statements as one transaction. Only their time counts, and not that of finding prepared statements by their long texts. */
  const time = (queries: Query[]): number => {
    const prepared = queries.map(({ sql: text }) => d1.prepare(text))
    const begun = performance.now()
    begin.run()
    try {
      for (const [index, statement] of prepared.entries()) statement.all(...queries[index]!.params)
      end.run()
    } catch (error) {
      undo.run()
      throw error
    }
    return 1_000 * (performance.now() - begun)
  }
  /** Commits a mutation, or its fallback if a guard stops it, such as on a new day. */
  const commit = (mutation: Mutation<unknown>): number => {
    try {
      return time(batchOf(mutation))
    } catch (error) {
      if (mutation.fallback === undefined) throw error
      return time(batchOf(mutation.fallback.build()))
    }
  }
  const next = Array.from({ length: factories }, () => START + days * DAY)
  const nextReading = (id: number) => {
    next[id]! += MINUTE
    return [{ time: next[id]!, actual: 31, goal: 30 }]
  }
  let second = START
  return {
    upsertRow: (index: number) =>
      time([
        {
          sql: `insert into bare_readings values (?, ?, ?, ?) on conflict (series_pk, time) do update set actual = excluded.actual, goal = excluded.goal`,
          params: [index % factories, START + index * MINUTE, 31, 30],
          writes: true,
        },
      ]),
    append: (id: number) => commit(appendReadings(ACTOR, id, nextReading(id))),
    upsert: (id: number) => commit(upsertReadings(ACTOR, id, nextReading(id))),
    /** Appends a reading to one more factory, a second after the one before. */
    appendAfterSecond: () => {
      second++
      return commit(appendReadings(ACTOR, factories, [{ time: second, actual: 31, goal: 30 }]))
    },
  }
}

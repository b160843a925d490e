import { sql } from 'drizzle-orm'
import type { Actor } from '../commands/mutation.ts'
import { createOrganisation } from '../commands/organisations.ts'
import { figure } from '../db/append-figures.ts'
import { latestSeq } from '../queries/commit-seq.ts'
import { formatNumber } from '../schemas/limits.ts'
import type { Database } from './database.ts'
import { CliError } from './cli-error.ts'
import { buildBatches, findDeletedIds, removeTrimmed } from './load-batches.ts'
import type { OrganisationState } from './load-batches.ts'
import type { SeedFile } from './read-file.ts'

/** Counts of what a load changed in the database. */
export interface LoadResult {
  factories: number
  sprockets: number
  /** Factories and sprocket types whose name, time zone or measures changed. */
  updated: number
  schedules: number
  /** Lists of stop reasons. */
  reasons: number
  /** Readings added or changed. */
  readings: number
}

const formatCount = (count: number, one: string, many = `${one}s`) => `${formatNumber(count)} ${count === 1 ? one : many}`

/** Attempts of a load. A load starts again if another writer changes the same organisation. */
const MAX_ATTEMPTS = 3

/** True if a guard of a batch failed, such as after a change by another writer. SQLite then reports malformed JSON. */
const isConcurrentChange = (error: unknown) => error instanceof CliError && error.message.includes('malformed JSON')

/** Returns the state of the organisation. Creates it if no organisation has this slug. */
const readState = async (database: Database, slug: string, now: number): Promise<OrganisationState> => {
  const isActive = sql`slug = ${slug} and deleted_at is null`
  const [row] = await database.query<Omit<OrganisationState, 'factories' | 'sprockets'> & { factories: string; sprockets: string }>(
    'Reading the organisation',
    [
      ...createOrganisation(slug, slug, now, { requestId: `load-${crypto.randomUUID()}`, userAgent: 'npm run load' }),
      sql`select pk as organisationPk, next_factory_id as nextFactory, next_sprocket_id as nextSprocket,
        ${latestSeq(sql`organisations.pk`)} as seq,
        (select json_group_array(json_array(id, trimmed_before)) from factories join series on series.pk = series_pk
          where factories.organisation_pk = organisations.pk) as factories,
        (select json_group_array(id) from sprockets where organisation_pk = organisations.pk) as sprockets
        from organisations where ${isActive}`,
    ],
  )
  return {
    ...row!,
    factories: new Map(JSON.parse(row!.factories) as [number, number | null][]),
    sprockets: new Set(JSON.parse(row!.sprockets) as number[]),
  }
}

const readResult = async (database: Database, { organisationPk, requestId }: Actor, { seq }: OrganisationState): Promise<LoadResult> => {
  const [row] = await database.query<LoadResult>('Reading the result', [
    sql`select coalesce(sum(subject = 'factory' and verb = 'created'), 0) as factories,
      coalesce(sum(subject = 'sprocket' and verb = 'created'), 0) as sprockets, coalesce(sum(verb = 'updated'), 0) as updated,
      coalesce(sum(subject = 'schedule'), 0) as schedules, coalesce(sum(subject = 'stop-reasons'), 0) as reasons,
      coalesce(sum(coalesce(${figure('changed')}, detail ->> 'readings')), 0) as readings
      from audit_log where organisation_pk = ${organisationPk} and commit_seq > ${seq} and request_id = ${requestId}`,
  ])
  return row!
}

/**
 * Loads files into an organisation as the API would: with audit entries, and with invalidated cache entries that cron publishes.
 * Readings that exist already have no effect and no audit entry, so an interrupted load can be repeated.
 * @param log gets lines that report progress
 */
export const load = async (
  database: Database,
  files: SeedFile[],
  { organisation: slug, log }: { organisation: string; log: (line: string) => void },
): Promise<LoadResult> => {
  const initial = await readState(database, slug, Date.now())
  const { organisationPk } = initial
  const actor = { organisationPk, key: null, requestId: `load-${crypto.randomUUID()}`, userAgent: 'npm run load', country: null }
  for (const file of files) {
    const deleted = findDeletedIds(initial, file)
    if (deleted.length) log(`${file.file}: skipped entries that were deleted, because their ids are never reused: ${deleted.join(', ')}.`)
  }
  let state = initial
  for (let attemptsLeft = MAX_ATTEMPTS; ; attemptsLeft--) {
    const retained = files.map((file) =>
      removeTrimmed(state, file, (factory, readings, before) =>
        log(`${file.file}: skipped ${formatCount(readings, 'reading')} of factory ${factory} before ${before}, of which only sums remain.`),
      ),
    )
    const total = retained
      .flatMap((file) => (file.kind === 'factories' ? file.factories : []))
      .reduce((sum, { readings }) => sum + readings.length, 0)
    try {
      for (const { statements, readings } of buildBatches(actor, state, retained, Date.now())) {
        await database.run('Loading', statements)
        if (readings < total) log(`Loaded ${formatNumber(readings)} of ${formatNumber(total)} readings.`)
      }
      return await readResult(database, actor, initial)
    } catch (error) {
      if (!isConcurrentChange(error)) throw error
      if (attemptsLeft === 1)
        throw new CliError(
          'The load stopped: other writers keep changing factories or sprocket types, a reading would get more scrap than actual ' +
            'production, a file omits a stop reason that an annotation uses, or a factory of which retention keeps only older sums ' +
            'would get another time zone. ' +
            'Run it again later, with the scrap of each reading, every stop reason in use, and the current time zones.',
        )
      state = await readState(database, slug, Date.now())
    }
  }
}

/** Returns the count with its noun, or nothing for 0. */
const listCount = (...count: Parameters<typeof formatCount>) => (count[0] === 0 ? [] : [formatCount(...count)])

/** Describes the result of a load in one sentence. */
export const describeResult = ({ factories, sprockets, updated, schedules, reasons, readings }: LoadResult): string => {
  const created = [...listCount(factories, 'factory', 'factories'), ...listCount(sprockets, 'sprocket type')]
  const changes = [
    ...(created.length ? [`${created.join(' and ')} created`] : []),
    ...listCount(updated, 'entry updated', 'entries updated'),
    ...listCount(schedules, 'schedule replaced', 'schedules replaced'),
    ...listCount(reasons, 'list of stop reasons replaced', 'lists of stop reasons replaced'),
    ...listCount(readings, 'reading added or changed', 'readings added or changed'),
  ]
  return changes.length ? `Loaded: ${changes.join(', ')}.` : 'The database has all of this already. Nothing was written.'
}

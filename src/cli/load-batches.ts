import { sql } from 'drizzle-orm'
import { actorGuards, allHold } from '../commands/mutation.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import { createFactory, updateFactory } from '../commands/factories.ts'
import { encodeReadings } from '../chunks/encode.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import { upsertReadings } from '../commands/readings.ts'
import { replaceSchedule } from '../commands/schedules.ts'
import { replaceStopReasons } from '../commands/stop-reasons.ts'
import { createSprocket, updateSprocket } from '../commands/sprockets.ts'
import type { FactoryInput, SeedFile } from './read-file.ts'
import { renderAssertion, renderCommit } from './render-sql.ts'

/** The state of the organisation before the load. */
export interface OrganisationState {
  /** Internal number of the organisation. */
  organisationPk: number
  /** Sequence number of the latest commit. */
  seq: number
  nextFactory: number
  nextSprocket: number
  /**
   * The time before which retention has trimmed the readings, or null, by the id of the factory. An id below `nextFactory` that is not
   * in this map was deleted.
   */
  factories: Map<number, number | null>
  /** Ids that exist. An id below `nextSprocket` that is not in this set was deleted. */
  sprockets: Set<number>
}

/** Statements of one transaction. */
export interface Batch {
  statements: string[]
  /** Readings in this batch and all batches before it. */
  readings: number
}

/** Maximum number of readings per commit. */
const COMMIT_READINGS = 2_000
/** Maximum length of the encoded readings of a commit. D1 limits a statement to 100 KB, which includes about 10 KB of SQL. */
const ENCODED_CHARACTERS = 85_000
/** Characters of SQL per batch. Larger batches start wrangler less often; smaller batches report progress more often. */
const BATCH_CHARACTERS = 2_500_000

/** Splits readings into the parts that commits append. It halves a part that is too large. */
const splitIntoCommits = (readings: ReadingInput[]): ReadingInput[][] => {
  if (readings.length === 0) return []
  if (readings.length <= COMMIT_READINGS && encodeReadings(readings).length <= ENCODED_CHARACTERS) return [readings]
  const middle = Math.ceil(readings.length / 2)
  return [...splitIntoCommits(readings.slice(0, middle)), ...splitIntoCommits(readings.slice(middle))]
}

/** A mutation and its number of readings. */
type Step = [mutation: Mutation<unknown>, readings: number]

const appendSteps = (actor: Actor, id: number, parts: ReadingInput[][]): Step[] =>
  parts.map((part) => [upsertReadings(actor, id, part), part.length])

const factorySteps = (
  actor: Actor,
  id: number,
  { name, timeZone, settings, schedule, readings }: FactoryInput,
  isNew: boolean,
  now: number,
): Step[] => {
  const parts = splitIntoCommits(readings)
  const plan = schedule ? [[replaceSchedule(actor, id, schedule), 0] satisfies Step] : []
  if (!isNew) {
    const update =
      name === undefined && timeZone === undefined && Object.keys(settings).length === 0
        ? []
        : [updateFactory(actor, id, { ...(name !== undefined && { name }), ...(timeZone !== undefined && { timeZone }), settings })]
    return [...update.map((mutation): Step => [mutation, 0]), ...plan, ...appendSteps(actor, id, parts)]
  }
  const [first = [], ...rest] = parts
  const input = { name: name ?? null, timeZone: timeZone ?? 'UTC', settings, readings: first, now }
  return [[createFactory(actor, input), first.length], ...plan, ...appendSteps(actor, id, rest)]
}

/**
 * Builds the mutations of all entries of the files, in order. The position of an entry is its id: an existing entity is updated, an id
 * from `nextFactory` on is created, and a deleted entity is skipped, because ids are never reused.
 */
function* buildSteps(actor: Actor, state: OrganisationState, files: SeedFile[], now: number): Generator<Step> {
  let { nextFactory, nextSprocket } = state
  for (const file of files) {
    if (file.kind === 'factories') {
      if (file.reasons) yield [replaceStopReasons(actor, file.reasons), 0]
      for (const [id, input] of file.factories.entries()) {
        const isNew = id >= nextFactory
        if (isNew || id >= state.nextFactory || state.factories.has(id)) yield* factorySteps(actor, id, input, isNew, now)
        nextFactory = Math.max(nextFactory, id + 1)
      }
    } else {
      for (const [id, measures] of file.sprockets.entries()) {
        if (id >= nextSprocket) yield [createSprocket(actor, measures), 0]
        else if (id >= state.nextSprocket || state.sprockets.has(id)) yield [updateSprocket(actor, id, measures), 0]
        nextSprocket = Math.max(nextSprocket, id + 1)
      }
    }
  }
}

/** Returns the ids of entries that the load skips, because their factory or sprocket type was deleted. */
export const findDeletedIds = (state: OrganisationState, file: SeedFile): number[] => {
  const [entries, next, ids] =
    file.kind === 'factories' ? [file.factories, state.nextFactory, state.factories] : [file.sprockets, state.nextSprocket, state.sprockets]
  return [...entries.keys()].filter((id) => id < next && !ids.has(id))
}

/**
 * Returns the file without the readings that are older than the retained ones of their factory, because the sums of that time must not
 * change.
 * @param onRemoved gets each factory that loses readings, their number, and the time before which they are
 */
export const removeTrimmed = (
  { factories }: OrganisationState,
  file: SeedFile,
  onRemoved: (factory: number, readings: number, before: number) => void,
): SeedFile => {
  if (file.kind === 'sprockets') return file
  return {
    ...file,
    factories: file.factories.map((input, id) => {
      const before = factories.get(id) ?? -Infinity
      const readings = input.readings.filter(({ time }) => time >= before)
      if (readings.length < input.readings.length) onRemoved(id, input.readings.length - readings.length, before)
      return { ...input, readings }
    }),
  }
}

/**
 * Returns the condition that no other writer has created, changed or deleted a factory or sprocket type since `state` was read. Ids of
 * new entities come from counters, so a concurrent creation would shift them.
 */
const isUnchanged = ({ organisationPk, seq }: OrganisationState, actor: Actor, now: number) =>
  sql`${allHold(actorGuards(actor, now))} and not exists (select 1 from audit_log where organisation_pk = ${organisationPk} and commit_seq > ${seq}
    and subject in ('factory', 'sprocket') and subject <> 'readings' and request_id <> ${actor.requestId})`

/**
 * Builds the SQL of a load. A batch fails and changes nothing if `state` is outdated, or if a guard of a mutation does not hold.
 * @param now Unix milliseconds
 */
export function* buildBatches(actor: Actor, state: OrganisationState, files: SeedFile[], now: number): Generator<Batch> {
  const guard = renderAssertion(isUnchanged(state, actor, now))
  let statements = [guard]
  let characters = 0
  let readings = 0
  for (const [mutation, count] of buildSteps(actor, state, files, now)) {
    const commit = renderCommit(actor, mutation, now, mutation.guards.length ? allHold(mutation.guards) : undefined)
    statements.push(...commit)
    characters += commit.reduce((sum, { length }) => sum + length, 0)
    readings += count
    if (characters >= BATCH_CHARACTERS) {
      yield { statements, readings }
      statements = [guard]
      characters = 0
    }
  }
  if (characters) yield { statements, readings }
}

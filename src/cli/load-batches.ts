import { sql as query } from 'drizzle-orm'
import { actorGuards } from '../commands/mutation.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import { createFactory, updateFactory } from '../commands/factories.ts'
import type { ReadingInput } from '../commands/reading-input.ts'
import { appendReadings } from '../commands/readings.ts'
import { createSprocket, updateSprocket } from '../commands/sprockets.ts'
import type { FactoryGiven, SeedFile } from './read-file.ts'
import { renderCommit, renderGuard } from './render-sql.ts'

/** What the organisation has that is loaded into. */
export interface Present {
  /** Its internal number. */
  organisation: number
  /** The latest change of all. */
  seq: number
  nextFactory: number
  nextSprocket: number
  /** Ids that are; an id below the next that is not among them was deleted. */
  factories: Set<number>
  sprockets: Set<number>
}

/** Statements that go in one transaction. */
export interface Part {
  statements: string[]
  /** Readings in it and in the parts before it. */
  readings: number
}

/** Readings to a commit. As JSON one takes 75 bytes at most, and a statement of D1 takes 100 KB. */
const CHUNK_READINGS = 1_000
/** Characters of SQL to a part: large enough that starting wrangler is the lesser part, small enough to show progress. */
const PART_CHARACTERS = 2_500_000

const chunksOf = (readings: ReadingInput[]): ReadingInput[][] =>
  Array.from({ length: Math.ceil(readings.length / CHUNK_READINGS) }, (_, index) =>
    readings.slice(index * CHUNK_READINGS, (index + 1) * CHUNK_READINGS),
  )

/** A draft, and how many readings it brings. */
type Step = [draft: Mutation<unknown>, readings: number]

const appendSteps = (author: Actor, id: number, chunks: ReadingInput[][]): Step[] =>
  chunks.map((chunk) => [appendReadings(author, id, chunk), chunk.length])

const factorySteps = (author: Actor, id: number, { name, timeZone, readings }: FactoryGiven, isNew: boolean, now: number): Step[] => {
  const chunks = chunksOf(readings)
  if (!isNew) {
    const update =
      name === undefined && timeZone === undefined
        ? []
        : [updateFactory(author, id, { now, ...(name !== undefined && { name }), ...(timeZone !== undefined && { timeZone }) })]
    return [...update.map((draft): Step => [draft, 0]), ...appendSteps(author, id, chunks)]
  }
  const [first = [], ...rest] = chunks
  const given = { name: name ?? null, timeZone: timeZone ?? 'UTC', readings: first, now }
  return [[createFactory(author, given), first.length], ...appendSteps(author, id, rest)]
}

/**
 * What every entry of the files asks for, in order. The position of an entry is its id: what is there is updated, what lies
 * beyond is created, and what was deleted stays so, for its id is never given again.
 */
function* stepsOf(author: Actor, present: Present, files: SeedFile[], now: number): Generator<Step> {
  let { nextFactory, nextSprocket } = present
  for (const file of files) {
    if (file.kind === 'factories') {
      for (const [id, given] of file.factories.entries()) {
        const isNew = id >= nextFactory
        if (isNew || id >= present.nextFactory || present.factories.has(id)) yield* factorySteps(author, id, given, isNew, now)
        nextFactory = Math.max(nextFactory, id + 1)
      }
    } else {
      for (const [id, measures] of file.sprockets.entries()) {
        if (id >= nextSprocket) yield [createSprocket(author, measures), 0]
        else if (id >= present.nextSprocket || present.sprockets.has(id)) yield [updateSprocket(author, id, measures), 0]
        nextSprocket = Math.max(nextSprocket, id + 1)
      }
    }
  }
}

/** The ids of entries that are left out, because what they stood for was deleted. */
export const deletedIn = (present: Present, file: SeedFile): number[] => {
  const [entries, next, ids] =
    file.kind === 'factories'
      ? [file.factories, present.nextFactory, present.factories]
      : [file.sprockets, present.nextSprocket, present.sprockets]
  return [...entries.keys()].filter((id) => id < next && !ids.has(id))
}

/**
 * The condition that nobody else has made, named or removed anything since `present` was read: ids of new entries come from
 * counters, and would be others.
 */
const isUndisturbed = ({ organisation, seq }: Present, author: Actor, now: number) =>
  query`${query.join(
    actorGuards(author, now).map(({ condition }) => condition),
    query` and `,
  )} and not exists (select 1 from changes where organisation = ${organisation} and seq > ${seq}
    and subject in ('factory', 'sprocket') and subject <> 'readings' and request_id <> ${author.requestId})`

/**
 * The SQL that brings the files' content into the database. A part stops and changes nothing where `present` no longer holds.
 * @param now Unix milliseconds
 */
export function* partsOf(author: Actor, present: Present, files: SeedFile[], now: number): Generator<Part> {
  const guard = renderGuard(isUndisturbed(present, author, now))
  let statements = [guard]
  let characters = 0
  let readings = 0
  for (const [draft, count] of stepsOf(author, present, files, now)) {
    const commit = renderCommit(author, draft, now)
    statements.push(...commit)
    characters += commit.reduce((sum, { length }) => sum + length, 0)
    readings += count
    if (characters >= PART_CHARACTERS) {
      yield { statements, readings }
      statements = [guard]
      characters = 0
    }
  }
  if (characters) yield { statements, readings }
}

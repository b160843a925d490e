import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { appendChunks } from '../chunks/append.ts'
import { ENCODED } from '../chunks/encode.ts'
import type { EncodedChunk } from '../chunks/encode.ts'
import { figuresText } from '../db/append-figures.ts'
import { continuesNewestDay } from '../local-time/days.ts'
import { LONGEST_SECONDS } from '../local-time/time-zones.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation } from './mutation.ts'

/** The result of an upsert: the number of readings that changed, and the newest reading or readings as JSON text. */
export interface AppendResult {
  changed: number
  latest: string | null
}

/** Encoded readings of a request, at least one. */
export interface Append {
  chunks: EncodedChunk[]
  /** Number of readings of the request. */
  received: number
  target: string
  /** Renders the newest readings for the response. It gets the last chunk of each factory. */
  renderNewest: (newest: EncodedChunk[]) => string
}

/**
 * Builds the parts of an append of readings that continue the newest day of their factory, as those of most devices do. All of them are
 * new, so no reading is compared with a stored one, and no sums of days change. Such an append costs a quarter of an upsert that is
 * valid in any state (readings.ts).
 * @returns undefined without readings, if the readings of a factory cannot be of one day, or if one has more scrap than actual production
 */
export const appendInOrder = (
  { organisationPk }: Actor,
  { chunks, received, target, renderNewest }: Append,
): (Pick<Mutation<AppendResult>, 'audit' | 'statements'> & { row: AppendResult; unless: SQL }) | undefined => {
  const number = (chunk: EncodedChunk, name: keyof typeof ENCODED) => Number(chunk[ENCODED[name]])
  const ofFactories = [...Map.groupBy(chunks, (chunk) => number(chunk, 'factory'))]
  const spans = ofFactories.map(
    ([factory, ofFactory]) => [factory, number(ofFactory[0]!, 'first'), number(ofFactory.at(-1)!, 'last')] as const,
  )
  if (
    spans.length === 0 ||
    spans.some(([, first, last]) => last - first >= LONGEST_SECONDS.day) ||
    chunks.some((chunk) => number(chunk, 'exceeds'))
  )
    return undefined
  const readings = chunks.reduce((sum, chunk) => sum + number(chunk, 'readings'), 0)
  const detail = figuresText({
    received,
    changed: readings,
    added: readings,
    from: Math.min(...spans.map(([, first]) => first)),
    to: Math.max(...spans.map(([, , last]) => last)),
    factories: spans.map(([factory]) => factory),
  })
  return {
    unless: continuesNewestDay(organisationPk, spans),
    audit: { verb: 'appended', target, detail: sql`${detail}` },
    statements: (db, commitId) => [appendChunks(db, organisationPk, chunks, isLogged(commitId))],
    row: { changed: readings, latest: renderNewest(ofFactories.map(([, ofFactory]) => ofFactory.at(-1)!)) },
  }
}

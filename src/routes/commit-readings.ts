import type { Isolate } from '../runtime/isolate.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import type { ReadingInput } from '../commands/reading-input.ts'
import { BEFORE_RETENTION, BeforeRetention } from '../commands/retention-guard.ts'
import type { FieldError } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { selectRetentionEdges } from '../queries/retention.ts'
import { queryPrimary, executeAndReturn } from '../http/respond.ts'
import { invalidContent } from '../http/decode-body.ts'
import { fieldErrorAt } from '../ingest/record.ts'
import type { AcceptedReadings } from '../ingest/readings.ts'

/** What to commit: readings with the place of each in the body, and what has been refused of it already. */
type Given<R> = Pick<AcceptedReadings<R>, 'readings' | 'records' | 'refused'>

/** How a request wants its readings committed. */
interface CommitOptions<R, Row> {
  lenient: boolean
  getFactory: (reading: R) => number
  draft: (actor: Actor, readings: R[], refused: FieldError[]) => Mutation<Row>
}

/**
 * Commits readings. Those older than what is kept one by one are told like any other fault, each with its place, or left out
 * by a lenient request. Where the edge lies is asked only once the commit's own guard has found one: most requests have none.
 */
export const commitReadings = async <R extends ReadingInput, Row>(
  c: AppContext,
  isolate: Isolate,
  given: Given<R>,
  options: CommitOptions<R, Row>,
): Promise<{ row: Row; refused: FieldError[] }> => {
  const { readings, records, refused } = given
  try {
    const row = await executeAndReturn(c, isolate, (actor) => options.draft(actor, readings, refused))
    return { row, refused }
  } catch (error) {
    if (!(error instanceof BeforeRetention)) throw error
    const ids = [...new Set(readings.map(options.getFactory))]
    const [edges] = await queryPrimary(c, isolate, ({ db, batch }) =>
      batch([selectRetentionEdges(db, c.get('identity').organisation, ids)]),
    )
    const from = new Map(edges.map((edge) => [edge.factory, edge.from]))
    const isLate = readings.map((reading) => reading.time < (from.get(options.getFactory(reading)) ?? reading.time))
    const late = records.filter((_, index) => isLate[index]).map((place) => fieldErrorAt(place, 'time', BEFORE_RETENTION))
    if (late.length && !options.lenient) throw invalidContent(late)
    // The edge may move on meanwhile, and a factory may go: the guard of the next commit sees to both.
    const rest = <T>(all: T[]) => all.filter((_, index) => !isLate[index])
    return commitReadings(c, isolate, { readings: rest(readings), records: rest(records), refused: [...refused, ...late] }, options)
  }
}

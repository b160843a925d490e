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

/** Readings to commit with their records, and the field errors of the body so far. */
type PendingReadings<R> = Pick<AcceptedReadings<R>, 'readings' | 'records' | 'refused'>

interface CommitOptions<R, Row> {
  lenient: boolean
  getFactory: (reading: R) => number
  buildMutation: (actor: Actor, readings: R[], refused: FieldError[]) => Mutation<Row>
}

/**
 * Commits readings. A reading before retention is a field error of a strict request, and is skipped by a lenient one. The retention
 * edges are queried only if the guard of the commit fails, because most requests have no such reading.
 */
export const commitReadings = async <R extends ReadingInput, Row>(
  c: AppContext,
  pending: PendingReadings<R>,
  options: CommitOptions<R, Row>,
): Promise<{ row: Row; refused: FieldError[] }> => {
  const { readings, records, refused } = pending
  try {
    const row = await executeAndReturn(c, (actor) => options.buildMutation(actor, readings, refused))
    return { row, refused }
  } catch (error) {
    if (!(error instanceof BeforeRetention)) throw error
    const ids = [...new Set(readings.map(options.getFactory))]
    const [edges] = await queryPrimary(c, ({ db, batch }) => batch([selectRetentionEdges(db, c.get('identity').organisation, ids)]))
    const from = new Map(edges.map((edge) => [edge.factory, edge.from]))
    const isLate = readings.map((reading) => reading.time < (from.get(options.getFactory(reading)) ?? reading.time))
    const late = records.filter((_, index) => isLate[index]).map((record) => fieldErrorAt(record, 'time', BEFORE_RETENTION))
    if (late.length && !options.lenient) throw invalidContent(late)
    // Retention may advance and a factory may be deleted in the meantime. The guards of the next commit check both.
    const rest = <T>(all: T[]) => all.filter((_, index) => !isLate[index])
    return commitReadings(c, { readings: rest(readings), records: rest(records), refused: [...refused, ...late] }, options)
  }
}

import type { Actor, Mutation } from '../commands/mutation.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import { BEFORE_RETENTION } from '../commands/retention-guard.ts'
import type { FieldError } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { selectRetentionEdges } from '../queries/retention.ts'
import { commitRequest, requireRow, respondTo } from '../http/execute.ts'
import { queryPrimary } from '../http/respond.ts'
import { invalidContent } from '../http/decode-body.ts'
import { fieldErrorAt } from '../ingest/record.ts'
import type { AcceptedReadings } from '../ingest/readings.ts'

/** Readings to commit with their records, and the field errors of the body so far. */
type PendingReadings<R> = Pick<AcceptedReadings<R>, 'readings' | 'records' | 'refused'>

interface CommitOptions<R, Row> {
  lenient: boolean
  getFactory: (reading: R) => number
  buildMutation: (actor: Actor, readings: R[], refused: FieldError[]) => Mutation<Row>
  respond: (row: Row, refused: FieldError[]) => Response | Promise<Response>
}

/**
 * Commits readings, and responds. A reading before retention is a field error of a strict request, and is skipped by a lenient one.
 * The retention edges are queried only if the guard of the commit fails, because most requests have no such reading.
 */
export const commitReadings = async <R extends ReadingInput, Row>(
  c: AppContext,
  pending: PendingReadings<R>,
  options: CommitOptions<R, Row>,
): Promise<Response> => {
  const buildFrom =
    ({ readings, refused }: PendingReadings<R>) =>
    (actor: Actor) =>
      options.buildMutation(actor, readings, refused)
  let rest = pending
  let result = await commitRequest(c, buildFrom(rest))
  // Retention may advance and a factory may be deleted in the meantime. The guards of the next commit check both.
  while (result.outcome === 'before-retention') {
    rest = await refuseLate(c, rest, options)
    result = await commitRequest(c, buildFrom(rest))
  }
  return respondTo(
    result,
    requireRow((row) => options.respond(row, rest.refused)),
  )
}

/**
 * Moves the readings before retention to the refused ones.
 * @throws Problem `invalid-content` if a strict request has such readings
 */
const refuseLate = async <R extends ReadingInput>(
  c: AppContext,
  { readings, records, refused }: PendingReadings<R>,
  { lenient, getFactory }: Pick<CommitOptions<R, never>, 'lenient' | 'getFactory'>,
): Promise<PendingReadings<R>> => {
  const ids = [...new Set(readings.map(getFactory))]
  const [edges] = await queryPrimary(c, ({ db, batch }) => batch([selectRetentionEdges(db, c.get('identity').organisationPk, ids)]))
  const from = new Map(edges.map((edge) => [edge.factory, edge.from]))
  const isLate = readings.map((reading) => reading.time < (from.get(getFactory(reading)) ?? reading.time))
  const late = records.filter((_, index) => isLate[index]).map((record) => fieldErrorAt(record, 'time', BEFORE_RETENTION))
  if (late.length && !lenient) throw invalidContent(late)
  const omitLate = <T>(all: T[]) => all.filter((_, index) => !isLate[index])
  return { readings: omitLate(readings), records: omitLate(records), refused: [...refused, ...late] }
}

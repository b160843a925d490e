import type { Actor, Mutation, Refusal } from '../commands/mutation.ts'
import type { ReadingInput } from '../chunks/encode.ts'
import { BEFORE_RETENTION } from '../commands/retention-guard.ts'
import { selectExcessScrap } from '../chunks/changes.ts'
import { encodeReadings } from '../chunks/encode.ts'
import { invalidContent } from '../errors.ts'
import type { FieldError } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { selectRetentionEdges } from '../queries/retention.ts'
import { commitRequest, requireRow, respondTo } from '../http/commit-request.ts'
import { queryPrimary } from '../http/respond.ts'
import { fieldErrorAt } from '../ingest/record.ts'
import { toScrapErrors } from '../ingest/scrap-errors.ts'
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
 * Commits readings, and responds. A reading before retention, or with more scrap than actual production, is a field error of a strict
 * request, and is skipped by a lenient one. Such readings are queried only if the guard of the commit fails, because most requests have none.
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
  // The readings may change in the meantime. The guards of the next commit check them again.
  while ('problem' in result) {
    rest = await refuse(c, result.outcome, rest, options)
    result = await commitRequest(c, buildFrom(rest))
  }
  if (options.lenient && result.outcome === 'applied' && result.isReloaded) {
    // The first response was lost, and with it which readings the guards refused.
    for (const refusal of REFUSALS) rest = await refuse(c, refusal, rest, options)
    if (rest.refused.length > pending.refused.length) result = await commitRequest(c, buildFrom(rest))
  }
  if (rest.refused.length) c.set('storesResponse', true)
  return respondTo(
    result,
    requireRow((row) => options.respond(row, rest.refused)),
  )
}

type FindErrors = <R extends ReadingInput>(
  c: AppContext,
  pending: PendingReadings<R>,
  getFactory: (reading: R) => number,
) => Promise<(FieldError | undefined)[]>

/** Finds the field errors of the readings before retention. */
const findLate: FindErrors = async (c, { readings, records }, getFactory) => {
  const ids = [...new Set(readings.map(getFactory))]
  const [edges] = await queryPrimary(c, ({ db, batch }) => batch([selectRetentionEdges(db, c.get('identity').organisationPk, ids)]))
  const from = new Map(edges.map((edge) => [edge.factory, edge.from]))
  return readings.map((reading, index) =>
    reading.time < (from.get(getFactory(reading)) ?? reading.time) ? fieldErrorAt(records[index]!, 'time', BEFORE_RETENTION) : undefined,
  )
}

/** Finds the field errors of the readings that would get more scrap than actual production. */
const findExcess: FindErrors = async (c, pending, getFactory) => {
  const encoded = encodeReadings(pending.readings.map((reading) => ({ ...reading, factory: getFactory(reading) })))
  const [rows] = await queryPrimary(c, ({ db, batch }) => batch([selectExcessScrap(db, c.get('identity').organisationPk, encoded)]))
  const excess = new Map(rows.map((row) => [`${row.factory} ${row.time}`, row]))
  return toScrapErrors(pending, (reading) => excess.get(`${getFactory(reading)} ${reading.time}`))
}

const FINDERS: Record<Refusal, FindErrors> = { 'before-retention': findLate, 'excess-scrap': findExcess }
const REFUSALS = Object.keys(FINDERS) as Refusal[]

/**
 * Moves the readings that a guard refuses to the refused ones.
 * @throws Problem `invalid-content` if a strict request has such readings
 */
const refuse = async <R extends ReadingInput>(
  c: AppContext,
  outcome: Refusal,
  pending: PendingReadings<R>,
  { lenient, getFactory }: Pick<CommitOptions<R, never>, 'lenient' | 'getFactory'>,
): Promise<PendingReadings<R>> => {
  const errors = await FINDERS[outcome](c, pending, getFactory)
  const found = errors.filter((error) => error !== undefined)
  if (found.length && !lenient) throw invalidContent(found)
  const rest = <T>(all: T[]) => all.filter((_, index) => errors[index] === undefined)
  return { readings: rest(pending.readings), records: rest(pending.records), refused: [...pending.refused, ...found] }
}

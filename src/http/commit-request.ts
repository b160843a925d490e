import { commit } from '../commands/commit.ts'
import type { Actor, Mutation, Refusal } from '../commands/mutation.ts'
import { reloadResult } from '../commands/run-batch.ts'
import { toCommitId } from '../db/commit-id.ts'
import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { BOOKMARK_HEADER } from '../middleware/common-headers.ts'
import { parseConditions } from './conditions.ts'

/**
 * The outcome of a write request. `isReloaded` is true if an earlier request with the same Idempotency-Key was applied, whose response was
 * lost. `response` answers the request again as the earlier one.
 */
type WriteOutcome<Row> =
  | { outcome: 'applied'; row: Row | undefined; isReloaded: boolean }
  | { outcome: 'replayed'; response: Response }
  | { outcome: Refusal; problem: () => Problem }

/**
 * Commits a mutation with the preconditions of the request, and sets the bookmark header. For a repeated request whose response
 * was lost, it only loads the result of the earlier commit.
 */
export const commitRequest = async <Row>(c: AppContext, buildMutation: (actor: Actor) => Mutation<Row>): Promise<WriteOutcome<Row>> => {
  const isolate = c.get('isolate')
  const actor = c.get('actor')
  const conditions = parseConditions(c)
  const idempotency = c.get('idempotency')
  const mutation = buildMutation(actor)
  // The id that the server gave the request is also the id of its first commit, so the audit log stores it once.
  const commitId = c.get('isNewRequestId') ? toCommitId(actor.requestId) : undefined
  c.set('isNewRequestId', false)
  const reload = (commitId: string) => reloadResult(isolate, mutation, commitId)
  let earlier = idempotency?.earlierCommit
  let result =
    earlier === undefined
      ? await commit(isolate, isolate.request.waitUntil, actor, mutation, { conditions, idempotency: idempotency?.record, commitId })
      : await reload(earlier)
  if ('problem' in result) return result
  if (result.outcome === 'already-committed') {
    // A concurrent request with the same Idempotency-Key was faster.
    const replay = await idempotency!.replay()
    if ('response' in replay) return { outcome: 'replayed', response: replay.response }
    earlier = replay.commitId
    result = await reload(earlier)
  }
  c.set('storesResponse', result.isLogged)
  c.header(BOOKMARK_HEADER, result.bookmark)
  c.header('Cache-Control', 'no-store')
  return { outcome: 'applied', row: result.row, isReloaded: earlier !== undefined }
}

type Respond<Row> = (row: Row) => Response | Promise<Response>

/**
 * Responds to the outcome of a write.
 * @throws Problem `invalid-content` for a reading that a guard refuses
 */
export const respondTo = <Row>(result: WriteOutcome<Row>, respond: Respond<Row | undefined>): Response | Promise<Response> => {
  if ('problem' in result) throw result.problem()
  return result.outcome === 'replayed' ? result.response : respond(result.row)
}

/**
 * Wraps a function that responds with the result of a mutation.
 * @throws Problem `conflict` if the commit was applied, its response was lost, and the result was deleted before it could be reloaded
 */
export const requireRow =
  <Row>(respond: Respond<Row>): Respond<Row | undefined> =>
  (row) => {
    if (row === undefined) throw new Problem('conflict', 'The request succeeded, but the created resource has since been deleted.')
    return respond(row)
  }

/** Commits a mutation, and responds with its result. */
export const execute = async <Row>(
  c: AppContext,
  buildMutation: (actor: Actor) => Mutation<Row>,
  respond: Respond<Row>,
): Promise<Response> => respondTo(await commitRequest(c, buildMutation), requireRow(respond))

/** Commits a mutation, and responds with 204. */
export const executeWithoutContent = async (c: AppContext, buildMutation: (actor: Actor) => Mutation<unknown>): Promise<Response> =>
  respondTo(await commitRequest(c, buildMutation), () => c.body(null, 204))

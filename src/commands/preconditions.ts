import { sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { Isolate } from '../runtime/isolate.ts'
import { toPayload } from '../cache/assemble.ts'
import { singleRow, openSession } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import { allHold } from './mutation.ts'
import type { Mutation, Guard, Representation } from './mutation.ts'

/** Entity tags of a condition, or `*` for any state. */
export type Tags = '*' | readonly string[]

/** The conditions of a write (RFC 9110, section 13.1). If both are present, both must hold. */
export interface Conditions {
  ifMatch?: Tags | undefined
  ifNoneMatch?: Tags | undefined
}

const failed = (detail: string) => () => new Problem('precondition-failed', detail)
const stateChanged = failed('If-Match does not match the current state. Read the resource again.')
const resourceMissing = failed('If-Match requires an existing resource, but it does not exist. Omit the header to create it.')
const resourceExists = failed('If-None-Match requires that the resource does not exist, but it does. Omit the header to change it.')
const stateUnchanged = failed('If-None-Match matches the current state. Nothing was changed.')

const getRepresentations = ({ conditionalOn }: Mutation<unknown>): readonly [Representation, ...Representation[]] => {
  const [first, ...more] = conditionalOn ?? []
  if (first) return [first, ...more]
  throw failed('This request has no state to compare with If-Match or If-None-Match. Omit these headers.')()
}

const existsSql = ({ exists }: Representation): SQL => exists?.() ?? sql`true`

/**
 * Returns the guards of the conditions that ask only whether the resource exists (`*`). The batch checks them.
 * @throws Problem `precondition-failed` if the write has no representation to compare with
 */
export const existenceGuards = (mutation: Mutation<unknown>, { ifMatch, ifNoneMatch }: Conditions): Guard[] => {
  const [representation] = getRepresentations(mutation)
  return [
    ...(ifMatch === '*' ? [{ condition: existsSql(representation), problem: resourceMissing }] : []),
    ...(ifNoneMatch === '*' ? [{ condition: sql`not ${existsSql(representation)}`, problem: resourceExists }] : []),
  ]
}

/** Returns the condition that a query still selects this row. */
const selectsStill = (query: SQLWrapper, row: object): SQL =>
  sql`${query} is (${sql.join(
    Object.values(row).map((value: unknown) => sql`${value}`),
    sql`, `,
  )})`

/** The entity tag of a representation on the primary, and the guard that the representation is unchanged. */
interface ComparedState {
  etag: string
  guard: Guard
}

/** The result of a comparison: guards that the compared state is unchanged, or the guard that fails for a missing resource. */
type Comparison = { unchanged: Guard[] } | { failed: Guard }

/**
 * Compares entity tags with the representations on the primary. Returns the guards that the compared state is unchanged at the
 * commit, so a write between the comparison and the commit aborts the batch.
 * @param guards the guards of the mutation. The first of them that fails explains a missing resource
 * @throws Problem `precondition-failed`
 */
export const compareTags = async (
  isolate: Isolate,
  mutation: Mutation<unknown>,
  guards: Guard[],
  { ifMatch, ifNoneMatch }: Conditions,
): Promise<Comparison> => {
  const [matchTags, noneMatchTags] = [ifMatch, ifNoneMatch].map((tags) => (tags === '*' ? undefined : tags))
  if (!matchTags && !noneMatchTags) return { unchanged: [] }
  const representations = getRepresentations(mutation)
  const session = openSession(isolate, 'first-primary')
  const queries = representations.map(({ read }) => read(session.db))
  const rows = await withRetries(isolate, () => session.batch(queries))
  const states: ComparedState[] = await Promise.all(
    representations.flatMap((representation, index) =>
      rows[index]!.slice(0, 1).map(async (row: object): Promise<ComparedState> => {
        const { etag } = await toPayload(representation.render(row as never))
        return { etag, guard: { condition: selectsStill(queries[index]!, row), problem: stateChanged } }
      }),
    ),
  )
  if (states.length === 0) {
    const failed = await findFailedGuard(isolate, guards)
    if (failed) return { failed }
    if (matchTags) throw resourceMissing()
    return { unchanged: [{ condition: sql`not ${existsSql(representations[0])}`, problem: resourceExists }] }
  }
  const matched = matchTags && states.find(({ etag }) => matchTags.includes(etag))
  if (matchTags && !matched) throw stateChanged()
  if (noneMatchTags && states.some(({ etag }) => noneMatchTags.includes(etag))) throw stateUnchanged()
  return { unchanged: [...(matched ? [matched.guard] : []), ...(noneMatchTags ? states.map(({ guard }) => guard) : [])] }
}

/** Selects whether a guard holds, and the detail of its problem. */
const selectGuard = (db: Database, { with: tables = sql``, detail = sql`null`, ...guard }: Guard) =>
  db
    .select({
      holds: sql<number>`(${tables} select ${allHold([guard])})`.as('holds'),
      detail: sql<string | number | null>`${detail}`.as('detail'),
    })
    .from(singleRow)

/** Evaluates each guard separately on the primary. Returns the first that fails, with the detail of its problem, or undefined if all hold. */
export const findFailedGuard = async (isolate: Isolate, guards: Guard[]): Promise<Guard | undefined> => {
  const results = await withRetries(isolate, () => {
    const session = openSession(isolate, 'first-primary')
    return session.batch(guards.map((guard) => selectGuard(session.db, guard)))
  })
  const index = results.findIndex(([row]) => !row!.holds)
  const failed = guards[index]
  return failed && { ...failed, problem: () => failed.problem(results[index]![0]!.detail) }
}

import type { AppendResult } from '../commands/append-in-order.ts'
import { openSession } from '../db/client.ts'
import { withConcurrencyLimit } from '../db/pending-queries.ts'
import type { FieldError } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { selectExistingIds } from '../queries/factories.ts'

/** Renders the result of an upsert. `refused` is present for lenient requests. */
export const renderAppendResult = (received: number, { changed, latest }: AppendResult, refused?: FieldError[]) =>
  `{"received":${received},"changed":${changed},"latest":${latest ?? 'null'}${refused ? `,"refused":${JSON.stringify(refused)}` : ''}}`

/** Returns a function that selects the ids of existing factories within the scope of the key. */
export const findExistingFactories =
  (c: AppContext) =>
  async (ids: number[]): Promise<Set<number>> => {
    const { organisationPk, factories } = c.get('identity')
    const isolate = c.get('isolate')
    const rows = await withConcurrencyLimit(isolate, 'write', async () =>
      selectExistingIds(openSession(isolate, 'first-primary').db, organisationPk, ids),
    )
    return new Set(rows.map(({ id }) => id).filter((id) => factories === null || factories.includes(id)))
  }

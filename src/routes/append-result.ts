import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import { admit } from '../db/retry.ts'
import type { Fault } from '../errors.ts'
import type { RequestContext } from '../middleware/app-env.ts'
import { countedFor } from '../middleware/request-metrics.ts'
import { selectExistingIds } from '../queries/factories.ts'

/** What an upsert did, as the database tells it; `latest` is JSON already. */
export interface EffectRow {
  changed: number
  latest: string | null
}

/** What an upsert did, as JSON. `refused` is there for those who asked for leniency. */
export const renderEffect = (received: number, { changed, latest }: EffectRow, refused?: Fault[]) =>
  `{"received":${received},"changed":${changed},"latest":${latest ?? 'null'}${refused ? `,"refused":${JSON.stringify(refused)}` : ''}}`

/** Answers which ids are factories within the key's reach. */
export const existingFactories =
  (c: RequestContext, isolate: Isolate) =>
  async (ids: number[]): Promise<Set<number>> => {
    const { organisation, factories } = c.get('identity')
    const counted = countedFor(c, isolate)
    const rows = await admit(counted, 'write', async () => selectExistingIds(openSession(counted, 'first-primary').db, organisation, ids))
    return new Set(rows.map(({ id }) => id).filter((id) => factories === null || factories.includes(id)))
  }

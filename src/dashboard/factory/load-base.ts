import type { Reads } from '../../client/operations.ts'
import type { KeyAccess } from '../api/key-access.ts'
import type { ReadingApi } from '../api/reading-api.ts'

/** The data of a factory that does not depend on the range. It comes from cached documents. */
export interface FactoryBase {
  summary: Reads['/api/factory/{id}/summary']
  profile: Reads['/api/factory/{id}/profile']
}

/** Loads the data of a factory that does not depend on the range, and the permissions of the key. */
export const loadFactoryBase = async (
  api: ReadingApi,
  id: number,
  signal?: AbortSignal,
): Promise<{ access: KeyAccess; base: FactoryBase }> => {
  const [access, { data: summary }, { data: profile }] = await Promise.all([
    api.loadAccess(signal),
    api.client.get('/api/factory/{id}/summary', { id }, { signal }),
    api.client.get('/api/factory/{id}/profile', { id }, { signal }),
  ])
  return { access, base: { summary, profile } }
}

/** Starts to load the data of a factory while the code of its page is loaded. The page reports a failure when it reads the data. */
export const startFactoryBase = (api: ReadingApi, id: number): ReturnType<typeof loadFactoryBase> => {
  const loading = loadFactoryBase(api, id)
  loading.catch(() => {})
  return loading
}

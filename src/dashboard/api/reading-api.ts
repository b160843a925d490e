import type { Client } from '../../client/client.ts'
import type { KeyAccess } from './key-access.ts'

/** The functions of the API that loading a page needs. */
export interface ReadingApi {
  client: Pick<Client, 'bookmark' | 'get' | 'pages'>
  loadAccess(signal?: AbortSignal): Promise<KeyAccess>
}

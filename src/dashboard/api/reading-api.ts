import type { Client } from '../../client/client.ts'
import type { Role } from '../../schemas/roles.ts'

/** The permissions of a request. A request without a key is one of a viewer. */
export interface KeyAccess {
  role: Role
  /** True if the key is limited to some factories. */
  isLimited: boolean
  /** Id of the key; null without one. */
  keyId: number | null
}

/** The functions of the API that loading a page needs. */
export interface ReadingApi {
  client: Pick<Client, 'bookmark' | 'get' | 'pages'>
  loadAccess(signal?: AbortSignal): Promise<KeyAccess>
}

import { isAtLeast } from '../../schemas/roles.ts'
import type { Role } from '../../schemas/roles.ts'

/** The permissions of a request. A request without a key is one of a viewer. */
export interface KeyAccess {
  role: Role
  /** True if the key is limited to some factories. */
  isLimited: boolean
  /** Id of the key; null without one. */
  keyId: number | null
}

/** True if the key may create factories, and change the stop reasons and the sprocket types of the organisation. */
export const mayManageCatalogues = ({ role, isLimited }: KeyAccess): boolean => isAtLeast(role, 'engineer') && !isLimited

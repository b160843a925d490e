import type { Reads } from '../../client/operations.ts'
import type { Role } from '../../schemas/roles.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import { formatAgo, formatTime, UNKNOWN } from '../values/format.ts'

export type Key = Reads['/api/key/{id}']

/** The roles with their permissions, as a list shows them. */
export const ROLE_LABELS: Record<Role, string> = {
  viewer: 'viewer: read',
  operator: 'operator: also write readings and classify stops',
  engineer: 'engineer: also manage factories and catalogues',
  admin: 'admin: also manage keys and the organisation',
}

/** Factories that a cell names. */
const NAMED_FACTORIES = 3

export type KeyState = 'valid' | 'expired' | 'revoked'

/** Returns the state of a key at a time in ms. */
export const findKeyState = ({ revoked_at, expires_at }: Pick<Key, 'revoked_at' | 'expires_at'>, now: number): KeyState => {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && expires_at * 1000 <= now ? 'expired' : 'valid'
}

/** Describes the scope of a key: all factories, or the names of the first ones. */
export const describeScope = (factories: readonly number[] | null, names: ReadonlyMap<number, string>): string => {
  if (factories === null) return 'all'
  const named = factories.slice(0, NAMED_FACTORIES).map((id) => wrapName(names.get(id) ?? `Factory ${id}`))
  const others = factories.length - named.length
  return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}

/** Describes the end of a key: when it expires or was revoked. */
export const describeEnd = ({ revoked_at, expires_at }: Pick<Key, 'revoked_at' | 'expires_at'>, now: number, zone: string): string => {
  if (revoked_at !== null) return `revoked ${formatTime(revoked_at, zone)}`
  if (expires_at === null) return 'never'
  return `${expires_at * 1000 <= now ? 'expired ' : ''}${formatTime(expires_at, zone)}`
}

/** Describes the last use of a key: when, from which country, with which program. */
export const describeUse = ({ last_used }: Pick<Key, 'last_used'>, now: number): string =>
  last_used === null
    ? UNKNOWN
    : [formatAgo(Math.max(0, now / 1000 - last_used.at)), last_used.country, last_used.user_agent].filter(Boolean).join(', ')

import type { Reads } from '../../client/operations.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import { formatAgo, formatTime } from '../values/format.ts'
import { UNKNOWN } from '../values/numbers.ts'
import { texts as adminTexts } from '../texts/admin.ts'
import { texts as valueTexts } from '../texts/values.ts'

const texts = adminTexts.keys

export type Key = Reads['/api/key/{id}']

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
  if (factories === null) return texts.all
  const named = factories.slice(0, NAMED_FACTORIES).map((id) => wrapName(names.get(id) ?? valueTexts.factory(id)))
  const others = factories.length - named.length
  return others > 0 ? texts.andMore(named.join(', '), others) : named.join(', ')
}

/** Describes the end of a key: when it expires or was revoked. */
export const describeEnd = ({ revoked_at, expires_at }: Pick<Key, 'revoked_at' | 'expires_at'>, now: number, zone: string): string => {
  if (revoked_at !== null) return texts.revokedAt(formatTime(revoked_at, zone))
  if (expires_at === null) return texts.never
  const time = formatTime(expires_at, zone)
  return expires_at * 1000 <= now ? texts.expiredAt(time) : time
}

/** Describes the last use of a key: when, from which country, with which program. */
export const describeUse = ({ last_used }: Pick<Key, 'last_used'>, now: number): string =>
  last_used === null
    ? UNKNOWN
    : [formatAgo(Math.max(0, now / 1000 - last_used.at)), last_used.country, last_used.user_agent].filter(Boolean).join(', ')

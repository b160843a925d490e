import { createMiddleware } from 'hono/factory'
import type { Isolate } from '../isolate.ts'
import { hashSecret } from '../commands/secret.ts'
import { isUnavailable, openSession } from '../db/client.ts'
import { persist } from '../db/persist.ts'
import { Problem } from '../errors.ts'
import { selectKey, selectOrganisation } from '../queries/identities.ts'
import type { Door } from './context.ts'

/** In order of seniority: each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who asks. A request without a key is a viewer of the public organisation, with `key` null. */
export interface Identity {
  organisation: number
  role: Role
  key: number | null
  /** Ids of the factories that the key is limited to; null for all. */
  factories: number[] | null
  /** Unix ms; null for a key that does not lapse. */
  expiresAt: number | null
}

/** A valid key is remembered so long: what revocation takes at most to bind reads. Writes ask again in their transaction. */
const REMEMBER_MS = 30_000
/** A refused one only so long, for it may just have been made. */
const REMEMBER_REFUSED_MS = 5_000
const REMEMBER_MOST = 10_000
/** While the database does not answer, a key that was valid goes on being so for this much longer, lest copies have no reader. */
const GRACE_MS = 300_000
/** In that time the database is asked again so often, and given so long. */
const ASK_AGAIN_MS = 5_000
const ASK_LIMIT_MS = 2_000

/** Asks a replica, and the primary before it takes nothing for an answer: a replica may not have heard of a new key. */
const askTwice = async <T>(question: (start: string) => Promise<T[]>): Promise<T | undefined> => {
  const [near] = await question('first-unconstrained')
  return near ?? (await question('first-primary'))[0]
}

const findByKey = async (isolate: Isolate, hash: string): Promise<Identity | undefined> => {
  const row = await askTwice(async (start) => selectKey(openSession(isolate, start).db, hash))
  const now = isolate.clock.now()
  if (!row || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return undefined
  return {
    organisation: row.organisation,
    role: row.role,
    key: row.number,
    factories: row.factories === null ? null : (JSON.parse(row.factories) as number[]),
    expiresAt: row.expires_at,
  }
}

const findPublic = async (isolate: Isolate): Promise<Identity | undefined> => {
  const slug = isolate.settings.publicOrganisation
  const row = slug ? await askTwice(async (start) => selectOrganisation(openSession(isolate, start).db, slug)) : undefined
  return row && { organisation: row.organisation, role: 'viewer', key: null, factories: null, expiresAt: null }
}

/** What is remembered, else what `find` finds, else, where the database does not answer, what was remembered until lately. */
const remembered = async (isolate: Isolate, name: string, find: () => Promise<Identity | undefined>): Promise<Identity | undefined> => {
  const { identities } = isolate.memory
  const known = identities.get(name)
  const now = isolate.clock.now()
  if (known && known.until > now) return known.identity as Identity | undefined
  try {
    const identity = await isolate.clock.within(ASK_LIMIT_MS, persist(isolate, find))
    if (identities.size >= REMEMBER_MOST) identities.clear()
    const end = identity?.expiresAt ?? Number.POSITIVE_INFINITY
    const until = now + (identity ? REMEMBER_MS : REMEMBER_REFUSED_MS)
    identities.set(name, { identity, until: Math.min(until, end), graceUntil: Math.min(until + GRACE_MS, end) })
    return identity
  } catch (error) {
    if (!known?.identity || known.graceUntil <= now || !isUnavailable(error)) throw error
    known.until = Math.min(now + ASK_AGAIN_MS, known.graceUntil)
    return known.identity as Identity
  }
}

const challenge = (more = '') => ({ headers: { 'WWW-Authenticate': `Bearer${more}` } })

/**
 * Finds out who asks and whether the route is theirs (RFC 6750).
 * @throws Problem `unauthenticated` for a missing or invalid key, `forbidden` for too low a role
 */
export const identity = (isolate: Isolate, role: Role) =>
  createMiddleware<Door>(async function identity(c, next) {
    const header = c.req.header('Authorization')
    const token = header === undefined ? undefined : /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1]
    if (header !== undefined && token === undefined) {
      throw new Problem('unauthenticated', 'Send the API key as "Authorization: Bearer <key>".', challenge(' error="invalid_token"'))
    }
    const found =
      token === undefined
        ? await remembered(isolate, 'public', () => findPublic(isolate))
        : await hashSecret(token).then((hash) => remembered(isolate, hash, () => findByKey(isolate, hash)))
    if (!found) {
      throw token === undefined
        ? new Problem('unauthenticated', 'Send an API key as "Authorization: Bearer <key>".', challenge())
        : new Problem('unauthenticated', 'The API key is not valid.', challenge(' error="invalid_token"'))
    }
    if (ROLES.indexOf(found.role) < ROLES.indexOf(role)) {
      throw found.key === null
        ? new Problem('unauthenticated', `This takes an API key with the role ${role}.`, challenge())
        : new Problem(
            'forbidden',
            `This takes the role ${role}; the key has the role ${found.role}.`,
            challenge(` error="insufficient_scope", scope="${role}"`),
          )
    }
    c.set('identity', found)
    await next()
  })

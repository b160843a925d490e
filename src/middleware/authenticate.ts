import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../runtime/isolate.ts'
import { advanceEpoch } from '../cache/epoch.ts'
import { recordOverdue, overdueBefore } from '../cache/overdue.ts'
import { hashApiKey, isApiKey } from '../auth/api-key.ts'
import { recordKeyUse } from '../auth/key-usage.ts'
import { openSession } from '../db/client.ts'
import type { Database, Statement } from '../db/client.ts'
import { Problem } from '../errors.ts'
import { selectKey, selectOrganisation } from '../queries/identities.ts'
import { isAtLeast } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import type { AppEnv, AppContext } from './app-env.ts'
import { getKeyHash, setKeyHash } from '../auth/key-hash-cache.ts'
import { spendAllowance } from './rate-limit.ts'
import { forRequest } from './request-metrics.ts'
import { clientInfo } from './client-info.ts'
import { KEY_RATE_LIMIT_POLICY } from '../runtime/rate-limit-policies.ts'
import { isCached, isRejected, PUBLIC, resolveIdentity } from '../auth/identity-cache.ts'

/** What a look-up on the primary tells beside an identity. */
interface Learnt {
  organisation: number
  epoch: number
  overdueSeq: number | null
}

/** Asks the primary, and notes what its answer says of the cache. */
const lookUp = async <Row extends Learnt>(
  isolate: Isolate,
  select: (db: Database, moment: { now: number; before: number }) => Statement & { _: { result: Row[] } },
): Promise<Row | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const [[row]] = await session.batch([select(session.db, { now: isolate.clock.now(), before: overdueBefore(isolate) })])
  if (!row) return undefined
  advanceEpoch(isolate, row.epoch)
  recordOverdue(isolate, row.organisation, row.overdueSeq, session.bookmark())
  return row
}

const findByKey = async (isolate: Isolate, hash: string): Promise<Identity | undefined> => {
  const row = await lookUp(isolate, (db, moment) => selectKey(db, hash, moment))
  const now = isolate.clock.now()
  if (!row || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return undefined
  return {
    organisation: row.organisation,
    slug: row.slug,
    role: row.role,
    key: row.number,
    keyId: row.id,
    factories: row.factories === null ? null : (JSON.parse(row.factories) as number[]),
    expiresAt: row.expires_at,
  }
}

const findPublic = async (isolate: Isolate): Promise<Identity | undefined> => {
  const slug = isolate.config.publicOrganisation
  if (!slug) return undefined
  const row = await lookUp(isolate, (db, moment) => selectOrganisation(db, slug, moment))
  return row && { organisation: row.organisation, slug, role: 'viewer', key: null, keyId: null, factories: null, expiresAt: null }
}

const challenge = (more = '') => ({ headers: { 'WWW-Authenticate': `Bearer${more}` } })
const invalidKey = (detail: string) => new Problem('unauthenticated', detail, challenge(' error="invalid_token"'))

/**
 * Returns whose key an Authorization header carries. A text that is no key by its form, or that was refused lately, is refused
 * without asking the database. So is a key that the isolate does not know once the address has spent its look-ups: repeating
 * one bad key costs few of them, and a key that was good here costs none, so that a neighbour cannot lock out a gateway.
 */
const identifyKey = async (c: AppContext, isolate: Isolate, header: string, scheme: string): Promise<Identity> => {
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const [, named = '', token = ''] = /^(\S+) +(\S+) *$/.exec(header) ?? []
  const isWellFormed = ['bearer', scheme.toLowerCase()].includes(named.toLowerCase()) && isApiKey(token)
  if (!isWellFormed) throw invalidKey('Send an API key as "Authorization: Bearer spk_…"; this is none.')
  const hash = getKeyHash(isolate, token) ?? (await hashApiKey(token))
  if (!isCached(isolate, hash) && !isRejected(isolate, hash)) await spendAllowance(isolate, 'lookup', null, c.req.raw)
  const found = await resolveIdentity(isolate, waitUntil, hash, () => findByKey(forRequest(c, isolate), hash))
  if (!found) throw invalidKey('The API key is not valid.')
  setKeyHash(isolate, token, hash)
  return found
}

const identifyPublic = async (c: AppContext, isolate: Isolate): Promise<Identity> => {
  const found = await resolveIdentity(
    isolate,
    (work) => c.executionCtx.waitUntil(work),
    PUBLIC,
    () => findPublic(forRequest(c, isolate)),
  )
  if (found) return found
  throw new Problem('unauthenticated', 'Send an API key as "Authorization: Bearer <key>".', challenge())
}

const refuse = ({ key, role: held }: Identity, role: Role): Problem =>
  key === null
    ? new Problem('unauthenticated', `This takes an API key with the role ${role}.`, challenge())
    : new Problem(
        'forbidden',
        `This takes the role ${role}; the key has the role ${held}.`,
        challenge(` error="insufficient_scope", scope="${role}"`),
      )

/**
 * Finds out who asks and whether the route is for their role (RFC 6750).
 * @throws Problem `unauthenticated` for a missing or invalid key, `forbidden` for too low a role, `too-many-requests` where
 * too many unknown keys came from the address
 * @param scheme what may stand before a key beside Bearer
 */
export const authenticate = (isolate: Isolate, role: Role, scheme = 'Bearer') =>
  createMiddleware<AppEnv>(async function identity(c, next) {
    const header = c.req.header('Authorization')
    const found = header === undefined ? await identifyPublic(c, isolate) : await identifyKey(c, isolate, header, scheme)
    c.set('identity', found)
    if (found.key !== null) c.header('RateLimit-Policy', KEY_RATE_LIMIT_POLICY)
    c.set('role', role)
    const refusal = isAtLeast(found.role, role) ? undefined : refuse(found, role)
    if (!refusal) await next()
    if (found.key !== null) c.executionCtx.waitUntil(recordKeyUse(isolate, found.key, clientInfo(c.req.raw)))
    if (refusal) throw refusal
  })

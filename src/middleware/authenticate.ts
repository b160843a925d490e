import { createMiddleware } from 'hono/factory'
import type { Identity } from '../auth/identity-cache.ts'
import type { Isolate } from '../runtime/isolate.ts'
import type { Actor } from '../commands/mutation.ts'
import { advanceEpoch } from '../cache/epoch.ts'
import { recordOverdue, overdueBefore } from '../cache/overdue.ts'
import { hashApiKey, isApiKey, parseToken } from '../auth/api-key.ts'
import { recordKeyUse } from '../auth/key-usage.ts'
import type { KeyUse } from '../auth/key-usage.ts'
import { openSession } from '../db/client.ts'
import type { Database, Statement } from '../db/client.ts'
import { Problem } from '../errors.ts'
import { selectKey, selectOrganisation } from '../queries/identities.ts'
import { isAtLeast } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import type { AppEnv, AppContext } from './app-env.ts'
import { getKeyHash, setKeyHash } from '../auth/key-hash-cache.ts'
import { spendAllowance } from './rate-limit.ts'
import { clientInfo } from './client-info.ts'
import { KEY_RATE_LIMIT_POLICY } from '../runtime/rate-limit-policies.ts'
import { isCached, isRejected, PUBLIC, resolveIdentity } from '../auth/identity-cache.ts'

/** Cache state that a look-up on the primary returns together with an identity. */
interface CacheState {
  organisationPk: number
  epoch: number
  overdueSeq: number | null
}

/** Looks up an identity on the primary, and records the cache epoch and the overdue entries that the row contains. */
const lookUp = async <Row extends CacheState>(
  isolate: Isolate,
  select: (db: Database, moment: { now: number; before: number }) => Statement & { _: { result: Row[] } },
): Promise<Row | undefined> => {
  const session = openSession(isolate, 'first-primary')
  const [[row]] = await session.batch([select(session.db, { now: isolate.clock.now(), before: overdueBefore(isolate) })])
  if (!row) return undefined
  advanceEpoch(isolate, row.epoch)
  recordOverdue(isolate, row.organisationPk, row.overdueSeq, session.bookmark())
  return row
}

const findByKey = async (isolate: Isolate, hash: string): Promise<Identity | undefined> => {
  const row = await lookUp(isolate, (db, moment) => selectKey(db, hash, moment))
  const now = isolate.clock.now()
  if (!row || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) return undefined
  return {
    organisationPk: row.organisationPk,
    slug: row.slug,
    role: row.role,
    keyPk: row.keyPk,
    keyId: row.id,
    factories: row.factories === null ? null : (JSON.parse(row.factories) as number[]),
    expiresAt: row.expires_at,
  }
}

const findPublic = async (isolate: Isolate): Promise<Identity | undefined> => {
  const slug = isolate.config.publicOrganisation
  if (!slug) return undefined
  const row = await lookUp(isolate, (db, moment) => selectOrganisation(db, slug, moment))
  return row && { organisationPk: row.organisationPk, slug, role: 'viewer', keyPk: null, keyId: null, factories: null, expiresAt: null }
}

const challenge = (more = '') => ({ headers: { 'WWW-Authenticate': `Bearer${more}` } })
const invalidKey = (detail: string) => new Problem('unauthenticated', detail, challenge(' error="invalid_token"'))

/**
 * Returns the identity of the key in an Authorization header. A malformed key and a recently rejected key are rejected without a
 * query. A key that is not cached spends the address's allowance of look-ups. A cached key spends none, so that another client behind
 * the same address cannot lock out a gateway.
 */
const identifyKey = async (c: AppContext, header: string, scheme: string): Promise<Identity> => {
  const isolate = c.get('isolate')
  const token = parseToken(header, scheme)
  if (token === undefined || !isApiKey(token)) throw invalidKey('Not an API key. Send "Authorization: Bearer spk_…".')
  const hash = getKeyHash(isolate, token) ?? (await hashApiKey(token))
  if (!isCached(isolate, hash) && !isRejected(isolate, hash)) await spendAllowance(isolate, 'lookup', null, c.req.raw)
  const identity = await resolveIdentity(isolate, hash, () => findByKey(isolate, hash))
  if (!identity) throw invalidKey('Invalid API key: it is unknown, expired or revoked. Send another key.')
  setKeyHash(isolate, token, hash)
  return identity
}

const identifyPublic = async (c: AppContext): Promise<Identity> => {
  const isolate = c.get('isolate')
  const identity = await resolveIdentity(isolate, PUBLIC, () => findPublic(isolate))
  if (identity) return identity
  throw new Problem('unauthenticated', 'Missing API key. Send "Authorization: Bearer spk_…".', challenge())
}

const insufficientRole = (identity: Identity, role: Role): Problem =>
  identity.keyPk === null
    ? new Problem('unauthenticated', `Missing API key. This request needs a key with the role ${role}.`, challenge())
    : new Problem(
        'forbidden',
        `Insufficient role: this request needs ${role}, and the key has ${identity.role}. Use a key with a higher role.`,
        challenge(` error="insufficient_scope", scope="${role}"`),
      )

const toActor = ({ organisationPk, keyPk }: Identity, role: Role, requestId: string, client: KeyUse): Actor => ({
  organisationPk,
  key: keyPk === null ? null : { pk: keyPk, role },
  requestId,
  ...client,
})

/**
 * Resolves the identity of the client and checks its role (RFC 6750).
 * @param role minimum role of the route
 * @param scheme additional scheme of the Authorization header
 * @throws Problem `unauthenticated` for a missing or invalid key, `forbidden` for an insufficient role, `too-many-requests` for too many
 * unknown keys from the address
 */
export const authenticate = (role: Role, scheme = 'Bearer') =>
  createMiddleware<AppEnv>(async function authenticate(c, next) {
    const isolate = c.get('isolate')
    const header = c.req.header('Authorization')
    const identity = header === undefined ? await identifyPublic(c) : await identifyKey(c, header, scheme)
    c.set('identity', identity)
    if (identity.keyPk !== null) c.header('RateLimit-Policy', KEY_RATE_LIMIT_POLICY)
    const client = clientInfo(c.req.raw)
    c.set('actor', toActor(identity, role, c.get('requestId'), client))
    const problem = isAtLeast(identity.role, role) ? undefined : insufficientRole(identity, role)
    if (!problem) await next()
    if (identity.keyPk !== null) isolate.request.waitUntil(recordKeyUse(isolate, identity.keyPk, client))
    if (problem) throw problem
  })

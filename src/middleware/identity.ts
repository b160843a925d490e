import { createMiddleware } from 'hono/factory'
import type { Identity, Isolate } from '../isolate.ts'
import { learnEpoch } from '../cache/epoch.ts'
import { learnOverdue, overdueBefore } from '../cache/overdue.ts'
import { hashSecret, isSecret } from '../commands/secret.ts'
import { noteUse } from '../commands/use.ts'
import { openSession } from '../db/client.ts'
import type { Database, Statement } from '../db/client.ts'
import { Problem } from '../errors.ts'
import { selectKey, selectOrganisation } from '../queries/identities.ts'
import { isAtLeast } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'
import type { Door, RequestContext } from './context.ts'
import { addressOf, countFailure, refuseBarred } from './failures.ts'
import { recallHash, rememberHash } from './hashes.ts'
import { countedFor } from './meter.ts'
import { originOf } from './origin.ts'
import { isKnown, isRefused, recall } from './remember.ts'

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
  learnEpoch(isolate, row.epoch)
  learnOverdue(isolate, row.organisation, row.overdueSeq, session.bookmark())
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
  const slug = isolate.settings.publicOrganisation
  if (!slug) return undefined
  const row = await lookUp(isolate, (db, moment) => selectOrganisation(db, slug, moment))
  return row && { organisation: row.organisation, slug, role: 'viewer', key: null, keyId: null, factories: null, expiresAt: null }
}

const challenge = (more = '') => ({ headers: { 'WWW-Authenticate': `Bearer${more}` } })
const invalidKey = (detail: string) => new Problem('unauthenticated', detail, challenge(' error="invalid_token"'))

/**
 * Who sends this Authorization header. What is no key by its form or by what was learnt lately is refused without asking
 * anybody, and every refusal counts against the address. A key that was good here is asked for even from a barred address:
 * a gateway is not to be locked out by its neighbour.
 */
const identifyKey = async (c: RequestContext, isolate: Isolate, header: string, scheme: string): Promise<Identity> => {
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const address = addressOf(c.req.raw)
  const [, named = '', token = ''] = /^(\S+) +(\S+) *$/.exec(header) ?? []
  const isWellFormed = ['bearer', scheme.toLowerCase()].includes(named.toLowerCase()) && isSecret(token)
  const hash = isWellFormed ? (recallHash(isolate, token) ?? (await hashSecret(token))) : ''
  if (!isWellFormed || !isKnown(isolate, hash)) refuseBarred(isolate, address)
  const found =
    isWellFormed && !isRefused(isolate, hash)
      ? await recall(isolate, waitUntil, hash, () => findByKey(countedFor(c, isolate), hash))
      : undefined
  if (found) {
    rememberHash(isolate, token, hash)
    return found
  }
  await countFailure(isolate, address)
  throw invalidKey(isWellFormed ? 'The API key is not valid.' : 'Send an API key as "Authorization: Bearer spk_…"; this is none.')
}

const identifyNobody = async (c: RequestContext, isolate: Isolate): Promise<Identity> => {
  const found = await recall(
    isolate,
    (work) => c.executionCtx.waitUntil(work),
    'public',
    () => findPublic(countedFor(c, isolate)),
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
 * too many bad keys came from the address
 * @param scheme what may stand before a key beside Bearer
 */
export const identity = (isolate: Isolate, role: Role, scheme = 'Bearer') =>
  createMiddleware<Door>(async function identity(c, next) {
    const header = c.req.header('Authorization')
    const found = header === undefined ? await identifyNobody(c, isolate) : await identifyKey(c, isolate, header, scheme)
    c.set('identity', found)
    c.set('role', role)
    const refusal = isAtLeast(found.role, role) ? undefined : refuse(found, role)
    if (!refusal) await next()
    if (found.key !== null) c.executionCtx.waitUntil(noteUse(isolate, found.key, originOf(c.req.raw)))
    if (refusal) throw refusal
  })

import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { DomainEvent } from '../db/domain-events.ts'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { api_keys, organisations } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { rolesFrom } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'

/** Who changes something: goes into the log, and must still be allowed to at the moment of the commit. */
export interface Actor {
  /** The organisation's internal number. */
  organisation: number
  /** Internal number of the API key, and the least role that the write takes; null for the operator's own commands. */
  key: { number: number; role: Role } | null
  requestId: string
  userAgent: string | null
  country: string | null
}

/** What must hold in the very transaction that writes. Where it does not, nothing is written and the problem is told. */
export interface Guard {
  condition: SQL
  problem: () => Problem
}

/**
 * What the log says. `source` is what follows `from`, and yields one row where something changes and none where nothing does:
 * then nothing is logged, marked or put. The other members are expressions over it. It runs before the data changes.
 */
export interface AuditEntry {
  /** Common table expressions that the other members draw on. */
  with?: SQL
  source: SQL
  verb: SQL | string
  target: SQL | string
  before?: SQL
  after?: SQL
  detail?: SQL
}

/** What If-Match and If-None-Match compare (RFC 9110, section 13.1): the resource as GET shows it. */
export interface Representation {
  read(db: Database): Statement & { _: { result: object[] } }
  render(row: never): string
  /** As its document has it. */
  before?(row: never): number | undefined
  /** The condition that there is one. */
  exists(): SQL
  /** The condition that it is as it was when this row was read, by its revision. */
  unchanged(row: never): SQL
}

/** A write put into words. Commands make drafts and do nothing; `commit` is the one that does. */
export interface Mutation<Row> {
  event: DomainEvent
  guards: Guard[]
  audit: AuditEntry
  /** The resource in every form that a GET of it shows, or none where a write has no resource to compare. */
  conditionalOn?: readonly Representation[]
  /** Statements that change data. They run after the log entry, and change nothing where there is none. */
  statements(db: Database, commitId: string): Statement[]
  /** What the answer is made of; it is read in the same transaction, and may be read again. */
  returning(db: Database, commitId: string): Statement & { _: { result: Row[] } }
}

/** True inside a batch once its change is logged. */
export const isLogged = sqlTemplate<[commitId: string]>((commitId) => sql`exists (select 1 from changes where commit_id = ${commitId})`)

const noLongerValid = () =>
  new Problem('unauthenticated', 'Invalid API key: it is unknown, expired or revoked. Send another key.', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  })

const isAlive = sqlTemplate<[organisation: number]>(
  (organisation) =>
    sql`exists (select 1 from ${organisations} where ${and(eq(organisations.number, organisation), isNull(organisations.deleted_at))})`,
)
const isGood = sqlTemplate<[key: number, now: number]>(
  (key, now) =>
    sql`exists (select 1 from ${api_keys} where ${and(
      eq(api_keys.number, key),
      isNull(api_keys.revoked_at),
      or(isNull(api_keys.expires_at), gt(api_keys.expires_at, now)),
    )})`,
)
const isOneOf = sqlTemplate<[key: number, roles: Role[]]>(
  (key, roles) => sql`exists (select 1 from ${api_keys} where ${eq(api_keys.number, key)} and ${api_keys.role} in ${roles})`,
)

/**
 * The guards of every write: the organisation lives, and the key is neither revoked nor expired and still has the role that
 * the write takes, whatever an isolate remembers. Revocation and demotion bind writes at once for this reason.
 */
export const actorGuards = ({ organisation, key }: Actor, now: number): Guard[] => {
  const alive: Guard = { condition: isAlive(organisation), problem: noLongerValid }
  if (key === null) return [alive]
  return [
    alive,
    { condition: isGood(key.number, now), problem: noLongerValid },
    {
      condition: isOneOf(key.number, [...rolesFrom(key.role)]),
      problem: () =>
        new Problem(
          'forbidden',
          `Insufficient role: this request needs ${key.role}, which the key no longer has. Use a key with a higher role.`,
          {
            headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${key.role}"` },
          },
        ),
    },
  ]
}

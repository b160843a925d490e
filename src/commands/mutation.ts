import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { DomainEvent } from '../db/domain-events.ts'
import type { Page } from '../documents/document.ts'
import type { Database, Statement } from '../db/client.ts'
import { sqlTemplate } from '../db/sql-template.ts'
import { api_keys, organisations } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { rolesFrom } from '../schemas/roles.ts'
import type { Role } from '../schemas/roles.ts'

/** The actor of a mutation. The audit log names it, and the commit checks that its key still has the role and the scope. */
export interface Actor {
  /** Primary key of the organisation. */
  organisationPk: number
  /** Primary key of the API key, and the lowest role that the write takes; null for commands of the operator. */
  key: { pk: number; role: Role } | null
  requestId: string
  userAgent: string | null
  country: string | null
}

/** A condition that must hold in the transaction of the write. If it fails, nothing is written and the client gets the problem. */
export interface Guard {
  condition: SQL
  /** Primary key of an API key, if the condition is about its row. */
  keyPk?: number
  /** Common table expressions that the condition uses: those of the audit entry. */
  with?: SQL
  /** SQL for the detail that the problem names, such as the id of another resource. */
  detail?: SQL
  problem: (detail?: string | number | null) => Problem
  /** The outcome that `commit` returns if this guard fails. A guard without an outcome makes `commit` throw its problem. */
  outcome?: Refusal
}

/** The outcome of a write that has readings older than the retained ones, or with more scrap than actual production. */
export type Refusal = 'before-retention' | 'excess-scrap'

/**
 * The audit entry of a mutation, as SQL. `source` follows `from`. It yields one row if the mutation changes something, else no row;
 * then nothing is logged or invalidated. The other members are expressions over that row. The statement runs before the data
 * changes.
 */
export interface AuditEntry {
  /** Common table expressions that the other members use. */
  with?: SQL
  source?: SQL
  verb: SQL | string
  target: SQL | string
  before?: SQL
  after?: SQL
  detail?: SQL
}

/** A representation that If-Match and If-None-Match are compared with (RFC 9110, section 13.1): the resource as GET returns it. */
export interface Representation {
  read(db: Database): Statement & SQLWrapper & { _: { result: object[] } }
  render(row: never): string | Page
  /** Returns the condition that the resource exists. Undefined if it exists as long as the organisation, which every write checks first. */
  exists?(): SQL
}

/** The mutation that runs instead of another one unless a condition holds. It has the same effect whenever both are valid. */
export interface Fallback<Row> {
  unless: SQL
  build: () => Mutation<Row>
}

/** The description of a write. Commands build mutations and do not touch the database; only `commit` runs them. */
export interface Mutation<Row> {
  event: DomainEvent
  guards: Guard[]
  audit: AuditEntry
  /** Every representation that a GET of the resource returns; undefined if conditional requests do not apply to the write. */
  conditionalOn?: readonly Representation[]
  /** Returns the statements that change data. They run after the audit entry, and have no effect without it. */
  statements(db: Database, commitId: string): Statement[]
  /** Returns the query of the response. It runs in the same transaction unless `row` is set, and may be repeated later. */
  returning(db: Database, commitId: string): Statement & { _: { result: Row[] } }
  /** The row of `returning`, if it is known without the query. */
  row?: Row
  /** The mutation for the states of the data in which this one, which costs less, is not valid. */
  fallback?: Fallback<Row>
}

/** Returns a mutation whose response is another query. */
export const withReturning = <Row>(
  { fallback, row: _, ...mutation }: Mutation<unknown>,
  returning: Mutation<Row>['returning'],
): Mutation<Row> => ({
  ...mutation,
  returning,
  ...(fallback && { fallback: { unless: fallback.unless, build: () => withReturning(fallback.build(), returning) } }),
})

/** Returns the condition, for statements of a batch, that its audit entry exists. */
export const isLogged = sqlTemplate<[commitId: string]>(
  // SQLite looks a scalar subquery up once. It would join `exists` and look it up for each row.
  (commitId) => sql`(select 1 from audit_log where commit_id = ${commitId}) is not null`,
)

const invalidKey = () =>
  new Problem('unauthenticated', 'Invalid API key: it is unknown, expired or revoked. Send another key.', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  })

const organisationIsActive = sqlTemplate<[organisationPk: number]>(
  (organisationPk) =>
    sql`exists (select 1 from ${organisations} where ${and(eq(organisations.pk, organisationPk), isNull(organisations.deleted_at))})`,
)
const isValid = sqlTemplate<[now: number]>(
  (now) => sql`${and(isNull(api_keys.revoked_at), or(isNull(api_keys.expires_at), gt(api_keys.expires_at, now)))}`,
)
const hasRole = sqlTemplate<[roles: Role[]]>((roles) => sql`${api_keys.role} in ${roles}`)
const rowHolds = sqlTemplate<[keyPk: number, condition: SQL]>(
  (keyPk, condition) => sql`exists (select 1 from ${api_keys} where ${api_keys.pk} = ${keyPk} and ${condition})`,
)

/** The part of a guard that a batch evaluates. */
export type Condition = Pick<Guard, 'condition' | 'keyPk'>

/** Returns the condition that all guards hold. Those about the row of an API key share one look-up. */
export const allHold = (guards: readonly Condition[]): SQL => {
  const byKey = Map.groupBy(guards, ({ keyPk }) => keyPk)
  const conditions = Array.from(byKey, ([keyPk, ofKey]) => {
    const condition = and(...ofKey.map((guard) => guard.condition))!
    return keyPk === undefined ? condition : rowHolds(keyPk, condition)
  })
  return and(...conditions)!
}

/**
 * Returns the guards of every write: the organisation is active, and the key is neither revoked nor expired and still has the role
 * that the write takes. They ignore cached identities, so a revocation or demotion takes effect on writes at once.
 */
export const actorGuards = ({ organisationPk, key }: Actor, now: number): Guard[] => {
  const active: Guard = { condition: organisationIsActive(organisationPk), problem: invalidKey }
  if (key === null) return [active]
  return [
    active,
    { condition: isValid(now), keyPk: key.pk, problem: invalidKey },
    {
      condition: hasRole([...rolesFrom(key.role)]),
      keyPk: key.pk,
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

import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { integer } from '../db/client.ts'
import type { Database } from '../db/client.ts'
import { api_keys, organisations } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { toKeyResource, selectKeyById } from '../queries/keys.ts'
import type { KeyRow } from '../queries/keys.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard, Representation } from './mutation.ts'
import { hasId } from './factories.ts'
import { grantsNothing, keyIsActive, keyRow, canGrantUntil, canGrantFactories, anAdminRemains } from './key-grants.ts'
import type { KeyGrant } from './key-grants.ts'
import { scopeGuard } from './scope-guard.ts'

/** Returns SQL for the audit image of a key. It never contains the hash. */
const keyImage = ({ id, name, role, factories, expires }: Record<'id' | 'name' | 'role' | 'factories' | 'expires', SQL>) =>
  sql`json_object('id', ${id}, 'name', ${name}, 'role', ${role}, 'factories', json(${factories}), 'expires_at', ${expires} / 1000)`
const columns = { id: sql`id`, name: sql`name`, role: sql`role`, factories: sql`factories`, expires: sql`expires_at` }

const encodeScope = (factories: readonly number[] | null) => sql`${factories === null ? null : JSON.stringify(factories)}`

/** Returns the guards that a key exists and that its scope lies within the scope of the actor. Both give the same problem. */
const keyExists = (actor: Actor, id: number): Guard[] => {
  const absent = () => new Problem('not-found', `Key ${id} not found.`)
  const factories = sql`(select factories from ${keyRow(actor, id)})`
  return [{ condition: sql`exists (select 1 from ${keyRow(actor, id)})`, problem: absent }, ...scopeGuard(actor, factories, absent)]
}

const isUsable = (actor: Actor, id: number, condition: SQL): Guard => ({
  condition: sql`exists (select 1 from ${keyRow(actor, id)} and ${condition})`,
  problem: () => new Problem('conflict', `Key ${id} is no longer valid. Create another one.`),
})

const representation = (actor: Actor, id: number) =>
  ({
    read: (db) => selectKeyById(db, actor.organisationPk, id),
    render: (row: KeyRow) => JSON.stringify(toKeyResource(row)),
    exists: () => sql`exists (select 1 from ${keyRow(actor, id)})`,
  }) satisfies Representation

const nextId = (organisationPk: number) => sql`(select next_key_id from organisations where pk = ${organisationPk})`
const incrementNextId = (db: Database, organisationPk: number) =>
  db
    .update(organisations)
    .set({ next_key_id: sql`next_key_id + 1` })
    .where(eq(organisations.pk, organisationPk))
/** Returns SQL for a value of the audit entry of a commit. */
const auditValue = (commitId: string, value: SQL) => sql`(select ${value} from audit_log where commit_id = ${commitId})`

/** Builds the mutation that creates a key with the next id of the organisation. */
export const createKey = (actor: Actor, { name, role, factories, expiresAt }: KeyGrant, hash: string, now: number) => {
  const { organisationPk } = actor
  const values = { name: sql`${name}`, role: sql`${role}`, factories: encodeScope(factories), expires: integer(expiresAt) }
  return {
    event: { subject: 'key', verb: 'created' },
    guards: [...canGrantFactories(actor, factories), ...canGrantUntil(actor, values.expires)],
    audit: {
      source: sql`${organisations} where pk = ${organisationPk}`,
      verb: 'created',
      target: sql`'/api/key/' || next_key_id`,
      after: keyImage({ id: sql`next_key_id`, ...values }),
    },
    statements: (db, commitId) => [
      db.insert(api_keys).select(sql`select null, ${organisationPk}, ${nextId(organisationPk)}, ${hash}, ${values.name}, ${values.role},
        ${values.factories}, ${now}, ${auditValue(commitId, sql`key_pk`)}, ${values.expires}, null, null, null, null`),
      incrementNextId(db, organisationPk),
    ],
    returning: (db, commitId) => selectKeyById(db, organisationPk, auditValue(commitId, sql`after ->> 'id'`)),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that changes the name, role, scope or end of a key. Undefined keeps the current value. */
export const updateKey = (actor: Actor, id: number, updates: { [K in keyof KeyGrant]?: KeyGrant[K] | undefined }, now: number) => {
  const { organisationPk } = actor
  const updated = {
    name: updates.name === undefined ? sql`name` : sql`${updates.name}`,
    role: updates.role === undefined ? sql`role` : sql`${updates.role}`,
    factories: updates.factories === undefined ? sql`factories` : encodeScope(updates.factories),
    expires: updates.expiresAt === undefined ? sql`expires_at` : integer(updates.expiresAt),
  }
  const remainsAdmin = sql`${updated.role} = 'admin' and ${updated.factories} is null
    and (${updated.expires} is null or ${updated.expires} >= expires_at)`
  const isChanged = sql`(name is not ${updated.name} or role is not ${updated.role} or factories is not ${updated.factories}
    or expires_at is not ${updated.expires})`
  return {
    event: { subject: 'key', verb: 'updated', key: id },
    guards: [
      ...keyExists(actor, id),
      isUsable(actor, id, sql`revoked_at is null`),
      ...(updates.factories === undefined ? [] : canGrantFactories(actor, updates.factories)),
      ...canGrantUntil(
        actor,
        sql`(select ${updated.expires} from ${keyRow(actor, id)})`,
        sql`exists (select 1 from ${keyRow(actor, id)} and ${grantsNothing(updated.role, updated.factories, updated.expires)})`,
      ),
      anAdminRemains(actor, id, now, sql`coalesce(${remainsAdmin}, 0)`),
    ],
    conditionalOn: [representation(actor, id)],
    audit: {
      source: sql`${keyRow(actor, id)} and ${isChanged}`,
      verb: 'updated',
      target: `/api/key/${id}`,
      before: keyImage(columns),
      after: keyImage({ ...updated, id: sql`id` }),
    },
    statements: (db, commitId) => [
      db
        .update(api_keys)
        .set({ name: updated.name, role: updated.role, factories: updated.factories, expires_at: updated.expires })
        .where(sql`${hasId(organisationPk, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectKeyById(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that replaces a key. The old key stays valid for the overlap, or until its end if that is earlier. */
export const rotateKey = (actor: Actor, id: number, hash: string, overlapMs: number, now: number) => {
  const { organisationPk } = actor
  const end = now + overlapMs
  return {
    event: { subject: 'key', verb: 'rotated', key: id },
    guards: [
      ...keyExists(actor, id),
      isUsable(actor, id, keyIsActive(now)),
      ...canGrantUntil(actor, sql`(select expires_at from ${keyRow(actor, id)})`),
    ],
    audit: {
      source: keyRow(actor, id),
      verb: 'rotated',
      target: `/api/key/${id}`,
      before: keyImage(columns),
      after: keyImage({ ...columns, id: nextId(organisationPk) }),
      detail: sql`json_object('overlap_seconds', ${integer(overlapMs / 1000)})`,
    },
    statements: (db, commitId) => [
      db.insert(api_keys).select(sql`select null, organisation_pk, ${nextId(organisationPk)}, ${hash}, name, role, factories, ${now},
        ${auditValue(commitId, sql`key_pk`)}, expires_at, null, null, null, null from ${keyRow(actor, id)}`),
      db
        .update(api_keys)
        .set({ expires_at: sql`min(coalesce(expires_at, ${end}), ${end})` })
        .where(hasId(organisationPk, id)),
      incrementNextId(db, organisationPk),
    ],
    returning: (db, commitId) => selectKeyById(db, organisationPk, auditValue(commitId, sql`after ->> 'id'`)),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that revokes a key. Its row stays because the audit log refers to it. Its id is never reused. */
export const revokeKey = (actor: Actor, id: number, now: number) => {
  const { organisationPk } = actor
  return {
    event: { subject: 'key', verb: 'revoked', key: id },
    guards: [...keyExists(actor, id), anAdminRemains(actor, id, now, sql`0`)],
    conditionalOn: [representation(actor, id)],
    audit: {
      source: sql`${keyRow(actor, id)} and revoked_at is null`,
      verb: 'revoked',
      target: `/api/key/${id}`,
      before: keyImage(columns),
    },
    statements: (db, commitId) => [
      db
        .update(api_keys)
        .set({ revoked_at: now })
        .where(sql`${hasId(organisationPk, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectKeyById(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

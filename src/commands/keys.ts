import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { api_keys, organisations } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { toKeyResource, selectKeyById } from '../queries/keys.ts'
import type { KeyRow } from '../queries/keys.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard, Representation } from './mutation.ts'
import { hasId } from './factories.ts'
import { givesNothing, keyIsActive, keyRow, canGrantUntil, canGrantFactories, anAdminRemains } from './key-grants.ts'
import type { KeyGrant } from './key-grants.ts'
import { scopeGuard } from './scope-guard.ts'

/** What the log keeps of a key, of expressions for what it will be. Never the hash. */
const imageOf = ({ id, name, role, factories, expires }: Record<'id' | 'name' | 'role' | 'factories' | 'expires', SQL>) =>
  sql`json_object('id', ${id}, 'name', ${name}, 'role', ${role}, 'factories', json(${factories}), 'expires_at', ${expires} / 1000)`
const columns = { id: sql`id`, name: sql`name`, role: sql`role`, factories: sql`factories`, expires: sql`expires_at` }

const encodeScope = (factories: readonly number[] | null) => sql`${factories === null ? null : JSON.stringify(factories)}`

/** A key beyond the author's reach is as absent as one that is not there. */
const keyExists = (author: Actor, id: number): Guard[] => {
  const absent = () => new Problem('not-found', `Key ${id} not found.`)
  const factories = sql`(select factories from ${keyRow(author, id)})`
  return [{ condition: sql`exists (select 1 from ${keyRow(author, id)})`, problem: absent }, ...scopeGuard(author, factories, absent)]
}

const keyLives = (author: Actor, id: number, alive: SQL): Guard => ({
  condition: sql`exists (select 1 from ${keyRow(author, id)} and ${alive})`,
  problem: () => new Problem('conflict', `Key ${id} is no longer valid; make another.`),
})

const shown = (author: Actor, id: number) =>
  ({
    read: (db) => selectKeyById(db, author.organisation, id),
    render: (found: KeyRow) => JSON.stringify(toKeyResource(found)),
    exists: () => sql`exists (select 1 from ${keyRow(author, id)})`,
    unchanged: ({ revision }: KeyRow) => sql`exists (select 1 from ${keyRow(author, id)} and revision = ${revision})`,
  }) satisfies Representation

const nextId = (organisation: number) => sql`(select next_key_id from organisations where number = ${organisation})`
const takeId = (db: Database, organisation: number) =>
  db
    .update(organisations)
    .set({ next_key_id: sql`next_key_id + 1` })
    .where(eq(organisations.number, organisation))
const logged = (commitId: string, what: SQL) => sql`(select ${what} from changes where commit_id = ${commitId})`

/** A new key with the organisation's next id. */
export const createKey = (author: Actor, { name, role, factories, expiresAt }: KeyGrant, hash: string, now: number) => {
  const { organisation } = author
  const given = { name: sql`${name}`, role: sql`${role}`, factories: encodeScope(factories), expires: sql`${expiresAt}` }
  return {
    event: { subject: 'key', verb: 'created' },
    guards: [...canGrantFactories(author, factories), ...canGrantUntil(author, sql`${expiresAt}`)],
    audit: {
      source: sql`${organisations} where number = ${organisation}`,
      verb: 'created',
      target: sql`'/api/key/' || next_key_id`,
      after: imageOf({ id: sql`next_key_id`, ...given }),
    },
    statements: (db, commitId) => [
      db.insert(api_keys).select(sql`select null, ${organisation}, ${nextId(organisation)}, ${hash}, ${given.name}, ${given.role},
        ${given.factories}, ${now}, ${logged(commitId, sql`key`)}, ${given.expires}, null, null, null, null, 0`),
      takeId(db, organisation),
    ],
    returning: (db, commitId) => selectKeyById(db, organisation, logged(commitId, sql`after ->> 'id'`)),
  } satisfies Mutation<unknown>
}

/** Another name, role, reach or end; undefined leaves what is. */
export const updateKey = (author: Actor, id: number, given: { [K in keyof KeyGrant]?: KeyGrant[K] | undefined }, now: number) => {
  const { organisation } = author
  const wanted = {
    name: given.name === undefined ? sql`name` : sql`${given.name}`,
    role: given.role === undefined ? sql`role` : sql`${given.role}`,
    factories: given.factories === undefined ? sql`factories` : encodeScope(given.factories),
    expires: given.expiresAt === undefined ? sql`expires_at` : sql`${given.expiresAt}`,
  }
  const stays = sql`${wanted.role} = 'admin' and ${wanted.factories} is null
    and (${wanted.expires} is null or ${wanted.expires} >= expires_at)`
  const differs = sql`(name is not ${wanted.name} or role is not ${wanted.role} or factories is not ${wanted.factories}
    or expires_at is not ${wanted.expires})`
  return {
    event: { subject: 'key', verb: 'updated', key: id },
    guards: [
      ...keyExists(author, id),
      keyLives(author, id, sql`revoked_at is null`),
      ...(given.factories === undefined ? [] : canGrantFactories(author, given.factories)),
      ...canGrantUntil(
        author,
        sql`(select ${wanted.expires} from ${keyRow(author, id)})`,
        sql`exists (select 1 from ${keyRow(author, id)} and ${givesNothing(wanted.role, wanted.factories, wanted.expires)})`,
      ),
      anAdminRemains(author, id, now, sql`coalesce(${stays}, 0)`),
    ],
    conditionalOn: [shown(author, id)],
    audit: {
      source: sql`${keyRow(author, id)} and ${differs}`,
      verb: 'updated',
      target: `/api/key/${id}`,
      before: imageOf(columns),
      after: imageOf({ ...wanted, id: sql`id` }),
    },
    statements: (db, commitId) => [
      db
        .update(api_keys)
        .set({ name: wanted.name, role: wanted.role, factories: wanted.factories, expires_at: wanted.expires, revision: sql`revision + 1` })
        .where(sql`${hasId(organisation, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectKeyById(db, organisation, id),
  } satisfies Mutation<unknown>
}

/** Another key in the place of one, which goes on being valid for the overlap and no longer. The end that it had stays. */
export const rotateKey = (author: Actor, id: number, hash: string, overlapMs: number, now: number) => {
  const { organisation } = author
  const end = now + overlapMs
  return {
    event: { subject: 'key', verb: 'rotated', key: id },
    guards: [
      ...keyExists(author, id),
      keyLives(author, id, keyIsActive(now)),
      ...canGrantUntil(author, sql`(select expires_at from ${keyRow(author, id)})`),
    ],
    audit: {
      source: keyRow(author, id),
      verb: 'rotated',
      target: `/api/key/${id}`,
      before: imageOf(columns),
      after: imageOf({ ...columns, id: nextId(organisation) }),
      detail: sql`json_object('overlap_seconds', ${overlapMs / 1000})`,
    },
    statements: (db, commitId) => [
      db.insert(api_keys).select(sql`select null, organisation, ${nextId(organisation)}, ${hash}, name, role, factories, ${now},
        ${logged(commitId, sql`key`)}, expires_at, null, null, null, null, 0 from ${keyRow(author, id)}`),
      db
        .update(api_keys)
        .set({ expires_at: sql`min(coalesce(expires_at, ${end}), ${end})`, revision: sql`revision + 1` })
        .where(hasId(organisation, id)),
      takeId(db, organisation),
    ],
    returning: (db, commitId) => selectKeyById(db, organisation, logged(commitId, sql`after ->> 'id'`)),
  } satisfies Mutation<unknown>
}

/** The end of a key. Its row stays, for the log speaks of it; its id is never given again. */
export const revokeKey = (author: Actor, id: number, now: number) => {
  const { organisation } = author
  return {
    event: { subject: 'key', verb: 'revoked', key: id },
    guards: [...keyExists(author, id), anAdminRemains(author, id, now, sql`0`)],
    conditionalOn: [shown(author, id)],
    audit: {
      source: sql`${keyRow(author, id)} and revoked_at is null`,
      verb: 'revoked',
      target: `/api/key/${id}`,
      before: imageOf(columns),
    },
    statements: (db, commitId) => [
      db
        .update(api_keys)
        .set({ revoked_at: now, revision: sql`revision + 1` })
        .where(sql`${hasId(organisation, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectKeyById(db, organisation, id),
  } satisfies Mutation<unknown>
}

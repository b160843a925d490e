import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { organisations } from '../db/schema.ts'
import { renderOrganisation, selectOrganisationByNumber } from '../queries/organisations.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Representation } from './mutation.ts'

const image = sql`json_object('slug', slug, 'name', name)`

/**
 * An organisation of a slug that no living one has; where one has, nothing is done. It is the one write without an author
 * within the organisation, so only the operator's commands have it.
 */
export const createOrganisation = (
  slug: string,
  name: string,
  now: number,
  { requestId, userAgent }: Pick<Actor, 'requestId' | 'userAgent'>,
): SQL[] => {
  const alive = sql`organisations where slug = ${slug} and deleted_at is null`
  return [
    sql`insert into organisations (slug, name, created_at) select ${slug}, ${name}, ${now} where not exists (select 1 from ${alive})`,
    sql`insert into changes (at, organisation, subject, verb, target, request_id, commit_id, user_agent, after)
      select ${now}, number, 'organisation', 'created', '/api/organisation', ${requestId}, ${crypto.randomUUID()}, ${userAgent}, ${image}
      from ${alive} and not exists (select 1 from changes where organisation = number)`,
  ]
}

const shown = ({ organisation }: Actor) =>
  ({
    read: (db) => selectOrganisationByNumber(db, organisation),
    render: renderOrganisation,
    exists: () => sql`exists (select 1 from organisations where number = ${organisation})`,
    unchanged: ({ revision }: { revision: number }) =>
      sql`exists (select 1 from organisations where number = ${organisation} and revision = ${revision})`,
  }) satisfies Representation

/** Another name; undefined leaves what is. */
export const updateOrganisation = (author: Actor, { name }: { name?: string | undefined }) => {
  const { organisation } = author
  return {
    event: { subject: 'organisation', verb: 'updated' },
    guards: [],
    conditionalOn: [shown(author)],
    audit: {
      source: sql`${organisations} where number = ${organisation} and name is not coalesce(${name ?? null}, name)`,
      verb: 'updated',
      target: '/api/organisation',
      before: image,
      after: sql`json_object('slug', slug, 'name', ${name ?? null})`,
    },
    statements: (db, commitId) => [
      db
        .update(organisations)
        .set({ name: sql`coalesce(${name ?? null}, name)`, revision: sql`revision + 1` })
        .where(sql`number = ${organisation} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectOrganisationByNumber(db, organisation),
  } satisfies Mutation<unknown>
}

/**
 * The end of an organisation. From this commit on no key of it is valid, its slug is free, and its number is never given
 * again. What it has is removed by cron, in steps (purge.ts).
 */
export const deleteOrganisation = (author: Actor, now: number) => {
  const { organisation } = author
  return {
    event: { subject: 'organisation', verb: 'deleted' },
    guards: [],
    conditionalOn: [shown(author)],
    audit: { source: sql`${organisations} where number = ${organisation}`, verb: 'deleted', target: '/api/organisation', before: image },
    statements: (db) => [
      db
        .update(organisations)
        .set({ deleted_at: now, revision: sql`revision + 1` })
        .where(eq(organisations.number, organisation)),
    ],
    returning: (db) => selectOrganisationByNumber(db, organisation),
  } satisfies Mutation<unknown>
}

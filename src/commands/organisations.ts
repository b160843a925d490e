import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { createCommitId } from '../db/commit-id.ts'
import { organisations } from '../db/schema.ts'
import { renderOrganisation, selectOrganisationByPk } from '../queries/organisations.ts'
import { latestSeq } from '../queries/commit-seq.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Representation } from './mutation.ts'

const image = sql`json_object('slug', slug, 'name', name)`

/**
 * Returns the SQL that creates an organisation. It has no effect if an active organisation has the slug. Only commands of the
 * operator run it, because no actor belongs to the organisation yet.
 */
export const createOrganisation = (
  slug: string,
  name: string,
  now: number,
  { requestId, userAgent }: Pick<Actor, 'requestId' | 'userAgent'>,
): SQL[] => {
  const active = sql`organisations where slug = ${slug} and deleted_at is null`
  return [
    sql`insert into organisations (slug, name, created_at) select ${slug}, ${name}, ${now} where not exists (select 1 from ${active})`,
    sql`insert into audit_log (organisation_pk, commit_seq, at, subject, verb, target, request_id, commit_id, user_agent, after)
      select pk, 1 + ${latestSeq(sql`organisations.pk`)}, ${now}, 'organisation', 'created', '/api/organisation', ${requestId}, ${createCommitId()},
      ${userAgent}, ${image} from ${active} and not exists (select 1 from audit_log where organisation_pk = pk)
      and not exists (select 1 from old_audit_log where organisation_pk = pk)`,
  ]
}

const representation = ({ organisationPk }: Actor) =>
  ({
    read: (db) => selectOrganisationByPk(db, organisationPk),
    render: renderOrganisation,
  }) satisfies Representation

/** Builds the mutation that renames an organisation. An undefined name has no effect. */
export const updateOrganisation = (actor: Actor, { name }: { name?: string | undefined }) => {
  const { organisationPk } = actor
  const updated = name === undefined ? sql`name` : sql`${name}`
  return {
    event: { subject: 'organisation', verb: 'updated' },
    guards: [],
    conditionalOn: [representation(actor)],
    audit: {
      source: sql`${organisations} where pk = ${organisationPk} and name is not ${updated}`,
      verb: 'updated',
      target: '/api/organisation',
      before: image,
      after: sql`json_object('slug', slug, 'name', ${updated})`,
    },
    statements: (db, commitId) => [
      db
        .update(organisations)
        .set({ name: updated })
        .where(sql`pk = ${organisationPk} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectOrganisationByPk(db, organisationPk),
  } satisfies Mutation<unknown>
}

/**
 * Builds the mutation that deletes an organisation. From its commit on, no key of the organisation is valid, and its slug is free.
 * Its primary key is never reused. Cron deletes its data in steps (jobs/purge-organisations.ts).
 */
export const deleteOrganisation = (actor: Actor, now: number) => {
  const { organisationPk } = actor
  return {
    event: { subject: 'organisation', verb: 'deleted' },
    guards: [],
    conditionalOn: [representation(actor)],
    audit: { source: sql`${organisations} where pk = ${organisationPk}`, verb: 'deleted', target: '/api/organisation', before: image },
    statements: (db) => [db.update(organisations).set({ deleted_at: now }).where(eq(organisations.pk, organisationPk))],
    returning: (db) => selectOrganisationByPk(db, organisationPk),
  } satisfies Mutation<unknown>
}

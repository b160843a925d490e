import { and, eq, sql } from 'drizzle-orm'
import { renderSprocket } from '../documents/json.ts'
import { integer } from '../db/client.ts'
import { organisations, sprockets } from '../db/schema.ts'
import { Problem } from '../errors.ts'
import { selectSprocket } from '../queries/sprockets.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation, Guard, Representation } from './mutation.ts'
import { hasId } from './factories.ts'

/** The measures of a sprocket type. All except `teeth` are lengths in the unit that the organisation uses. */
export interface Measures {
  teeth: number
  pitch_diameter: number
  outside_diameter: number
  pitch: number
}

const MEASURES = ['teeth', 'pitch_diameter', 'outside_diameter', 'pitch'] as const

const image = sql`json_object('id', id, 'teeth', teeth, 'pitch_diameter', pitch_diameter, 'outside_diameter', outside_diameter, 'pitch', pitch)`

const sprocketExists = ({ organisationPk }: Actor, id: number): Guard => ({
  condition: sql`exists (select 1 from sprockets where ${hasId(organisationPk, id)})`,
  problem: () => new Problem('not-found', `Sprocket ${id} not found.`),
})

const representation = (actor: Actor, id: number) =>
  ({
    read: (db) => selectSprocket(db, actor.organisationPk, id),
    render: renderSprocket,
    exists: () => sprocketExists(actor, id).condition,
  }) satisfies Representation

/** Builds the mutation that creates a sprocket type with the next id of the organisation. */
export const createSprocket = ({ organisationPk }: Actor, { teeth, pitch_diameter, outside_diameter, pitch }: Measures) => {
  const nextId = sql`(select next_sprocket_id from organisations where pk = ${organisationPk})`
  return {
    event: { subject: 'sprocket', verb: 'created' },
    guards: [],
    audit: {
      source: sql`${organisations} where pk = ${organisationPk}`,
      verb: 'created',
      target: sql`'/api/sprocket/' || next_sprocket_id`,
      after: sql`json_object('id', next_sprocket_id, 'teeth', ${integer(teeth)}, 'pitch_diameter', ${pitch_diameter},
        'outside_diameter', ${outside_diameter}, 'pitch', ${pitch})`,
    },
    statements: (db) => [
      db
        .insert(sprockets)
        .select(sql`select null, ${organisationPk}, ${nextId}, ${teeth}, ${pitch_diameter}, ${outside_diameter}, ${pitch}`),
      db
        .update(organisations)
        .set({ next_sprocket_id: sql`next_sprocket_id + 1`, sprocket_count: sql`sprocket_count + 1` })
        .where(eq(organisations.pk, organisationPk)),
    ],
    returning: (db, commitId) =>
      selectSprocket(db, organisationPk, sql`(select after ->> 'id' from audit_log where commit_id = ${commitId})`),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that changes measures of a sprocket type. Undefined keeps the current value. */
export const updateSprocket = (actor: Actor, id: number, updates: { [K in keyof Measures]?: number | undefined }) => {
  const { organisationPk } = actor
  const updated = Object.fromEntries(
    MEASURES.map((name) => {
      const value = updates[name]
      if (value === undefined) return [name, sql`${sprockets[name]}`]
      return [name, name === 'teeth' ? integer(value) : sql`${value}`]
    }),
  )
  const isChanged = sql.join(
    MEASURES.map((name) => sql`${sprockets[name]} is not ${updated[name]}`),
    sql` or `,
  )
  return {
    event: { subject: 'sprocket', verb: 'updated', sprocket: id },
    guards: [sprocketExists(actor, id)],
    conditionalOn: [representation(actor, id)],
    audit: {
      source: sql`${sprockets} where ${hasId(organisationPk, id)} and (${isChanged})`,
      verb: 'updated',
      target: `/api/sprocket/${id}`,
      before: image,
      after: sql`json_object('id', id, ${sql.join(
        MEASURES.map((name) => sql`${sql.raw(`'${name}'`)}, ${updated[name]}`),
        sql`, `,
      )})`,
    },
    statements: (db, commitId) => [
      db
        .update(sprockets)
        .set(updated)
        .where(sql`${hasId(organisationPk, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectSprocket(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that deletes a sprocket type. Its id is never reused. */
export const deleteSprocket = (actor: Actor, id: number) => {
  const { organisationPk } = actor
  return {
    event: { subject: 'sprocket', verb: 'deleted', sprocket: id },
    guards: [sprocketExists(actor, id)],
    conditionalOn: [representation(actor, id)],
    audit: {
      source: sql`${sprockets} where ${hasId(organisationPk, id)}`,
      verb: 'deleted',
      target: `/api/sprocket/${id}`,
      before: image,
    },
    statements: (db) => [
      db.delete(sprockets).where(and(eq(sprockets.organisation_pk, organisationPk), eq(sprockets.id, id))),
      db
        .update(organisations)
        .set({ sprocket_count: sql`sprocket_count - 1` })
        .where(eq(organisations.pk, organisationPk)),
    ],
    returning: (db) => selectSprocket(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

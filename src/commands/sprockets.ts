import { and, eq, sql } from 'drizzle-orm'
import { renderSprocket } from '../documents/json.ts'
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

const sprocketExists = ({ organisation }: Actor, id: number): Guard => ({
  condition: sql`exists (select 1 from sprockets where ${hasId(organisation, id)})`,
  problem: () => new Problem('not-found', `Sprocket ${id} not found.`),
})

const representation = ({ organisation }: Actor, id: number) =>
  ({
    read: (db) => selectSprocket(db, organisation, id),
    render: renderSprocket,
    exists: () => sql`exists (select 1 from sprockets where ${hasId(organisation, id)})`,
    unchanged: ({ revision }: { revision: number }) =>
      sql`exists (select 1 from sprockets where ${hasId(organisation, id)} and revision = ${revision})`,
  }) satisfies Representation

/** Builds the mutation that creates a sprocket type with the next id of the organisation. */
export const createSprocket = ({ organisation }: Actor, { teeth, pitch_diameter, outside_diameter, pitch }: Measures) => {
  const nextId = sql`(select next_sprocket_id from organisations where number = ${organisation})`
  return {
    event: { subject: 'sprocket', verb: 'created' },
    guards: [],
    audit: {
      source: sql`${organisations} where number = ${organisation}`,
      verb: 'created',
      target: sql`'/api/sprocket/' || next_sprocket_id`,
      after: sql`json_object('id', next_sprocket_id, 'teeth', ${teeth}, 'pitch_diameter', ${pitch_diameter},
        'outside_diameter', ${outside_diameter}, 'pitch', ${pitch})`,
    },
    statements: (db) => [
      db
        .insert(sprockets)
        .select(sql`select null, ${organisation}, ${nextId}, ${teeth}, ${pitch_diameter}, ${outside_diameter}, ${pitch}, 0`),
      db
        .update(organisations)
        .set({ next_sprocket_id: sql`next_sprocket_id + 1`, sprocket_count: sql`sprocket_count + 1` })
        .where(eq(organisations.number, organisation)),
    ],
    returning: (db, commitId) => selectSprocket(db, organisation, sql`(select after ->> 'id' from changes where commit_id = ${commitId})`),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that changes measures of a sprocket type. Undefined keeps the current value. */
export const updateSprocket = (actor: Actor, id: number, updates: { [K in keyof Measures]?: number | undefined }) => {
  const { organisation } = actor
  const updated = Object.fromEntries(
    MEASURES.map((name) => [name, updates[name] === undefined ? sql`${sprockets[name]}` : sql`${updates[name]}`]),
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
      source: sql`${sprockets} where ${hasId(organisation, id)} and (${isChanged})`,
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
        .set({ ...updated, revision: sql`revision + 1` })
        .where(sql`${hasId(organisation, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectSprocket(db, organisation, id),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that deletes a sprocket type. Its id is never reused. */
export const deleteSprocket = (actor: Actor, id: number) => {
  const { organisation } = actor
  return {
    event: { subject: 'sprocket', verb: 'deleted', sprocket: id },
    guards: [sprocketExists(actor, id)],
    conditionalOn: [representation(actor, id)],
    audit: {
      source: sql`${sprockets} where ${hasId(organisation, id)}`,
      verb: 'deleted',
      target: `/api/sprocket/${id}`,
      before: image,
    },
    statements: (db) => [
      db.delete(sprockets).where(and(eq(sprockets.organisation, organisation), eq(sprockets.id, id))),
      db
        .update(organisations)
        .set({ sprocket_count: sql`sprocket_count - 1` })
        .where(eq(organisations.number, organisation)),
    ],
    returning: (db) => selectSprocket(db, organisation, id),
  } satisfies Mutation<unknown>
}

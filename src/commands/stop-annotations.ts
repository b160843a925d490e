import { eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { integer } from '../db/client.ts'
import { organisations } from '../db/schema.ts'
import { stop_annotations } from '../db/stop-schema.ts'
import { Problem } from '../errors.ts'
import { renderStopAnnotation, selectStopAnnotation } from '../queries/stop-annotations.ts'
import { factoryExists, hasId } from './factories.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Guard, Mutation, Representation } from './mutation.ts'
import { endsAfterStart, isUsable, overlapsNone } from './stop-annotation-guards.ts'

/** The members of an annotation that a client sends. Times are Unix seconds. */
interface Members {
  from: number
  to: number | null
  reason: string
  note: string | null
  manual: boolean
}

/** An annotation and its factory, which never changes. */
export interface AnnotationOfFactory {
  id: number
  factory: number
}

/** The columns of an annotation, as SQL. */
type Columns = Record<'id' | 'factory_id' | 'start' | 'until' | 'reason' | 'note' | 'manual', SQL>

const STORED: Columns = {
  id: sql`id`,
  factory_id: sql`factory_id`,
  start: sql`start`,
  until: sql`until`,
  reason: sql`reason`,
  note: sql`note`,
  manual: sql`manual`,
}

/** Returns the columns of sent members. Undefined members are left out. */
const toColumns = ({ from, to, reason, note, manual }: { [Name in keyof Members]?: Members[Name] | undefined }): Partial<Columns> => ({
  ...(from !== undefined && { start: integer(from) }),
  ...(to !== undefined && { until: to === null ? sql`null` : integer(to) }),
  ...(reason !== undefined && { reason: sql`${reason}` }),
  ...(note !== undefined && { note: sql`${note}` }),
  ...(manual !== undefined && { manual: integer(Number(manual)) }),
})

/** Returns the audit image of an annotation. */
const image = ({ id, factory_id, start, until, reason, note, manual }: Columns) =>
  sql`json_object('id', ${id}, 'factory', ${factory_id}, 'from', ${start}, 'to', ${until}, 'reason', ${reason}, 'note', ${note},
    'manual', json(iif(${manual}, 'true', 'false')))`

const existsSql = (organisationPk: number, { id, factory }: AnnotationOfFactory) =>
  sql`exists (select 1 from stop_annotations as annotation cross join factories as f
    on f.organisation_pk = annotation.organisation_pk and f.id = annotation.factory_id
    where annotation.organisation_pk = ${organisationPk} and annotation.id = ${id} and annotation.factory_id = ${factory})`

const annotationExists = ({ organisationPk }: Actor, annotation: AnnotationOfFactory): Guard => ({
  condition: existsSql(organisationPk, annotation),
  problem: () => new Problem('not-found', `Stop annotation ${annotation.id} not found.`),
})

const representation = ({ organisationPk }: Actor, annotation: AnnotationOfFactory) =>
  ({
    read: (db) => selectStopAnnotation(db, organisationPk, annotation.id),
    render: renderStopAnnotation,
    exists: () => existsSql(organisationPk, annotation),
  }) satisfies Representation

/** Builds the mutation that creates an annotation of a factory, with the next id of the organisation. */
export const createStopAnnotation = (actor: Actor, factory: number, members: Members) => {
  const { organisationPk } = actor
  const columns: Columns = {
    ...STORED,
    ...toColumns(members),
    id: sql`(select next_annotation_id from organisations where pk = ${organisationPk})`,
    factory_id: integer(factory),
  }
  const { id, factory_id, start, until, reason, note, manual } = columns
  return {
    event: { subject: 'stop-annotation', verb: 'created', factory },
    guards: [factoryExists(actor, factory), isUsable(actor, members.reason), overlapsNone(actor, factory, { id: sql`null`, start, until })],
    audit: {
      source: sql`${organisations} where pk = ${organisationPk}`,
      verb: 'created',
      target: sql`'/api/stop-annotation/' || next_annotation_id`,
      after: image(columns),
    },
    statements: (db) => [
      db
        .insert(stop_annotations)
        .select(sql`select ${organisationPk}, ${sql.join([id, factory_id, start, until, reason, note, manual], sql`, `)}`),
      db
        .update(organisations)
        .set({ next_annotation_id: sql`next_annotation_id + 1` })
        .where(eq(organisations.pk, organisationPk)),
    ],
    returning: (db, commitId) =>
      selectStopAnnotation(db, organisationPk, sql`(select after ->> 'id' from audit_log where commit_id = ${commitId})`),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that changes an annotation. Undefined keeps the current value. */
export const updateStopAnnotation = (
  actor: Actor,
  annotation: AnnotationOfFactory,
  updates: { [Name in keyof Members]?: Members[Name] | undefined },
) => {
  const { organisationPk } = actor
  const { id, factory } = annotation
  const sent = toColumns(updates)
  const updated = { ...STORED, ...sent }
  const isChanged = sql.join(
    Object.entries(sent).map(([name, value]) => sql`${STORED[name as keyof Columns]} is not ${value}`),
    sql` or `,
  )
  const stored = (column: string) =>
    sql`(select ${sql.raw(`self.${column}`)} from stop_annotations as self where self.organisation_pk = ${organisationPk} and self.id = ${id})`
  const span = { id: integer(id), start: sent.start ?? stored('start'), until: sent.until ?? stored('until') }
  return {
    event: { subject: 'stop-annotation', verb: 'updated', annotation: id, factory },
    guards: [
      annotationExists(actor, annotation),
      ...(updates.reason === undefined ? [] : [isUsable(actor, updates.reason, stored('reason'))]),
      ...((sent.start ?? sent.until) ? [endsAfterStart(span, sent.until ? 'to' : 'from'), overlapsNone(actor, factory, span)] : []),
    ],
    conditionalOn: [representation(actor, annotation)],
    audit: {
      source: sql`${stop_annotations} where ${hasId(organisationPk, id)} and (${Object.keys(sent).length > 0 ? isChanged : sql`false`})`,
      verb: 'updated',
      target: `/api/stop-annotation/${id}`,
      before: image(STORED),
      after: image(updated),
    },
    statements: (db, commitId) => [
      db
        .update(stop_annotations)
        // Other columns would be written to their indexes again. A patch without members still needs a column.
        .set({ note: STORED.note, ...sent })
        .where(sql`${hasId(organisationPk, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectStopAnnotation(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

/** Builds the mutation that deletes an annotation. Its id is never reused. */
export const deleteStopAnnotation = (actor: Actor, annotation: AnnotationOfFactory) => {
  const { organisationPk } = actor
  const { id, factory } = annotation
  return {
    event: { subject: 'stop-annotation', verb: 'deleted', annotation: id, factory },
    guards: [annotationExists(actor, annotation)],
    conditionalOn: [representation(actor, annotation)],
    audit: {
      source: sql`${stop_annotations} where ${hasId(organisationPk, id)}`,
      verb: 'deleted',
      target: `/api/stop-annotation/${id}`,
      before: image(STORED),
    },
    statements: (db) => [db.delete(stop_annotations).where(hasId(organisationPk, id))],
    returning: (db) => selectStopAnnotation(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

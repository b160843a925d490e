import { and, eq, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { hasProduction } from '../chunks/select.ts'
import { CHUNK } from '../chunks/unpack.ts'
import { integer } from '../db/client.ts'
import type { Database, RowsOf } from '../db/client.ts'
import { factories } from '../db/schema.ts'
import { stop_annotations } from '../db/stop-schema.ts'
import { DAY_SECONDS, MIN_TIME } from '../local-time/time-zones.ts'
import { LIMITS } from '../schemas/limits.ts'
import { isFactory } from './factories.ts'
import { literal } from '../db/literal.ts'

/** The factory of an annotation. Annotations of a deleted factory are invisible until cron deletes them. */
const itsFactory = and(eq(factories.organisation_pk, stop_annotations.organisation_pk), eq(factories.id, stop_annotations.factory_id))

/** Selects an annotation: none or one row. */
export const selectStopAnnotation = (db: Database, organisationPk: number, id: number | SQL) =>
  db
    .select({
      id: stop_annotations.id,
      factory: stop_annotations.factory_id,
      from: stop_annotations.start,
      to: stop_annotations.until,
      reason: stop_annotations.reason,
      note: stop_annotations.note,
      manual: stop_annotations.manual,
    })
    .from(stop_annotations)
    .innerJoin(factories, itsFactory)
    .where(and(eq(stop_annotations.organisation_pk, organisationPk), eq(stop_annotations.id, id)))

type StopAnnotationRow = RowsOf<ReturnType<typeof selectStopAnnotation>>[number]

/** Renders an annotation as JSON text. */
export const renderStopAnnotation = ({ id, factory, from, to, reason, note, manual }: StopAnnotationRow): string =>
  JSON.stringify({ id, factory, from, to, reason, note, manual: manual === 1 })

/** A half-open span, Unix seconds. The bounds may be columns of the surrounding statement. */
interface Span {
  from: SQL | number
  to: SQL | number
}

/** An annotation of `annotationsJson`. An open one, without `to`, ends at the latest where the next begins. */
export interface SpanAnnotation {
  id: number
  from: number
  to: number | null
  reason: string
  note: string | null
  manual: boolean
}

/** Time before a stop at which an open annotation of it may begin, because people round the time at which a machine stops. */
export const LEAD_SECONDS = 900
/** Maximum time that an open annotation covers: the longest range. So no read looks further back. */
export const OPEN_SECONDS = LIMITS.shiftDays * DAY_SECONDS

const ofFactory = (alias: string) => sql.raw(`${alias}.organisation_pk = factories.organisation_pk and ${alias}.factory_id = factories.id`)

/**
 * Returns SQL for the annotations of the surrounding row of `factories` that have a part in a span, as a JSON array of `SpanAnnotation`.
 * Annotations do not overlap, so of those that start before the span only the newest can have a part in it.
 */
export const annotationsJson = ({ from, to }: Span, page: SQL = sql`order by start`): SQL<string> => sql<string>`(
  select json_group_array(json_object('id', id, 'from', start, 'to', until, 'reason', reason, 'note', note, 'manual', json(iif(manual, 'true', 'false'))))
  from (select * from stop_annotations as annotation where ${ofFactory('annotation')}
    and annotation.start >= coalesce((select max(start) from stop_annotations as earlier where ${ofFactory('earlier')} and earlier.start <= ${from}), ${MIN_TIME})
    and annotation.start < ${to} and (annotation.until is null or annotation.until > ${from}) ${page}))`

/**
 * Returns SQL for the time from which the states of the surrounding row of `factories` show what annotations cover after a time: the start
 * of the open annotation before it, if there was no production since, else the time itself.
 */
export const annotatedSince = (time: SQL | number): SQL<number> => sql<number>`coalesce((
  select annotation.start from stop_annotations as annotation where ${ofFactory('annotation')}
    and annotation.start = (select max(start) from stop_annotations as earlier where ${ofFactory('earlier')} and earlier.start <= ${time})
    and annotation.start > ${time} - ${integer(OPEN_SECONDS)} and annotation.until is null and not annotation.manual
    and not exists (select 1 from chunks where chunks.series_pk = factories.series_pk
      and chunks.start > annotation.start + ${integer(LEAD_SECONDS)} and chunks.start <= ${time} - ${CHUNK} and ${hasProduction('chunks')})), ${time})`

/** Selects the newest annotations of a factory with a part in a span, as `annotationsJson` returns them: none or one row. */
export const selectStopAnnotations = (db: Database, organisationPk: number, factory: number, span: Span, limit: number) =>
  db
    .select({ annotations: annotationsJson(span, sql`order by start desc limit ${literal(limit)}`).as('annotations') })
    .from(factories)
    .where(isFactory(organisationPk, factory))

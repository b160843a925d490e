import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { invalidContent, Problem } from '../errors.ts'
import type { StopReasons } from '../schemas/stop-reasons.ts'
import type { Actor, Guard } from './mutation.ts'

/** The id and the times of an annotation, as SQL. The id of a new one is null. */
interface AnnotationSpan {
  id: SQL
  start: SQL
  until: SQL
}

const invalidMember = (member: string, detail: string) => invalidContent([{ pointer: `#/${member}`, detail }])

/**
 * Returns the guard that a reason may be used: the organisation has it, and it is not retired.
 * @param current SQL for the reason that the annotation has. It stays valid after its retirement
 */
export const isUsable = ({ organisationPk }: Actor, reason: string, current: SQL = sql`null`): Guard => ({
  condition: sql`(${reason} is ${current} or exists (
    select 1 from json_each((select stop_reasons from organisations where pk = ${organisationPk}), '$.reasons') as usable
    where usable.value ->> 'code' = ${reason} and not usable.value ->> 'retired'))`,
  problem: () =>
    invalidMember('reason', 'Unknown or retired reason. Send a code of GET /api/stop-reasons that is not retired, or add the reason.'),
})

/** Returns the guard that an annotation ends after its start, or is open. */
export const endsAfterStart = ({ start, until }: AnnotationSpan, member: 'from' | 'to'): Guard => ({
  condition: sql`coalesce(${until} > ${start}, true)`,
  problem: () =>
    invalidMember(member, member === 'to' ? 'Not after `from`. Send a later time, or null.' : 'Not before `to`. Send an earlier time.'),
})

/**
 * Returns the guard that an annotation overlaps no other of its factory. An open one occupies only the second in which it starts, because
 * it ends at the latest where the next begins. Others do not overlap, so it is enough to compare the last one that starts before its end.
 */
export const overlapsNone = ({ organisationPk }: Actor, factory: number, { id, start, until }: AnnotationSpan): Guard => {
  const overlapping = sql`(select id from (select id, coalesce(until, start + 1) as ending from stop_annotations
    where organisation_pk = ${organisationPk} and factory_id = ${factory} and start < coalesce(${until}, ${start} + 1) and id is not ${id}
    order by start desc limit 1) where ending > ${start})`
  return {
    condition: sql`${overlapping} is null`,
    detail: overlapping,
    problem: (other) => new Problem('conflict', `Overlaps /api/stop-annotation/${other}. Change that annotation, or send other times.`),
  }
}

/**
 * Returns the guard that the new reasons of the organisation have every reason that an annotation uses, with the same category: shifts
 * that have ended show the seconds of each category. SQLite would read all annotations if it had the choice.
 */
export const keepsUsedReasons = ({ organisationPk }: Actor, reasons: StopReasons['reasons']): Guard => {
  const kept = JSON.stringify(reasons.map(({ code, category }) => `${code} ${category}`))
  const missing = sql`(select old.value ->> 'code' from json_each((select stop_reasons from organisations where pk = ${organisationPk}), '$.reasons') as old
    where (old.value ->> 'code') || ' ' || (old.value ->> 'category') not in (select value from json_each(${kept}))
    and exists (select 1 from stop_annotations as annotation indexed by stop_annotations_reason cross join factories as f
      on f.organisation_pk = annotation.organisation_pk and f.id = annotation.factory_id
      where annotation.organisation_pk = ${organisationPk} and annotation.reason = old.value ->> 'code'))`
  return {
    condition: sql`${missing} is null`,
    detail: missing,
    problem: (code) =>
      new Problem(
        'conflict',
        `Annotations use the reason ${code}. Send it with "retired": true instead of omitting it, or add another reason instead of changing its category.`,
      ),
  }
}

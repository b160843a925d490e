import { sql } from 'drizzle-orm'
import { factories } from '../db/schema.ts'
import { selectSchedule } from '../queries/schedules.ts'
import { encodeSchedule, renderSchedule } from '../schedule/stored-schedule.ts'
import type { Schedule } from '../schemas/schedules.ts'
import { factoryExists, hasId } from './factories.ts'
import { isLogged } from './mutation.ts'
import type { Actor, Mutation } from './mutation.ts'

/** Builds the mutation that replaces the schedule of a factory. */
export const replaceSchedule = (actor: Actor, id: number, schedule: Schedule) => {
  const { organisationPk } = actor
  const text = encodeSchedule(schedule)
  return {
    event: { subject: 'schedule', verb: 'replaced', factory: id },
    guards: [factoryExists(actor, id)],
    conditionalOn: [
      {
        read: (db) => selectSchedule(db, organisationPk, id),
        render: renderSchedule,
        exists: () => factoryExists(actor, id).condition,
      },
    ],
    audit: {
      source: sql`${factories} cross join (select ${text} as sent) where ${hasId(organisationPk, id)} and schedule is not sent`,
      verb: 'replaced',
      target: `/api/factory/${id}/schedule`,
      before: sql`coalesce(schedule, ${renderSchedule({ schedule: null })})`,
      after: sql`coalesce(sent, ${renderSchedule({ schedule: null })})`,
    },
    statements: (db, commitId) => [
      db
        .update(factories)
        .set({ schedule: text })
        .where(sql`${hasId(organisationPk, id)} and ${isLogged(commitId)}`),
    ],
    returning: (db) => selectSchedule(db, organisationPk, id),
  } satisfies Mutation<unknown>
}

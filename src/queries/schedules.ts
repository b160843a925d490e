import type { Database } from '../db/client.ts'
import { factories } from '../db/schema.ts'
import { isFactory } from './factories.ts'

/** Selects the schedule of a factory as JSON text: none or one row. */
export const selectSchedule = (db: Database, organisationPk: number, id: number) =>
  db.select({ schedule: factories.schedule }).from(factories).where(isFactory(organisationPk, id))

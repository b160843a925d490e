import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { FactorySettings } from '../schemas/factory-settings.ts'

/** The columns of a factory that a client can change, as SQL. */
export type FactoryColumns = Record<'name' | 'time_zone' | keyof FactorySettings, SQL>

/** Returns SQL for the audit image of a factory. A merge patch removes the settings that are null (RFC 7396). */
export const buildImage = (id: SQL, { name, time_zone, ideal_per_hour, stop_after_seconds }: FactoryColumns): SQL =>
  sql`json_patch(json_object('id', ${id}, 'name', ${name}, 'time_zone', ${time_zone}),
    json_object('ideal_per_hour', ${ideal_per_hour}, 'stop_after_seconds', ${stop_after_seconds}))`

/** The stored values. */
export const CURRENT: FactoryColumns = {
  name: sql`name`,
  time_zone: sql`time_zone`,
  ideal_per_hour: sql`ideal_per_hour`,
  stop_after_seconds: sql`stop_after_seconds`,
}

/** Returns settings as SQL. */
export const settingValues = ({ ideal_per_hour, stop_after_seconds }: Partial<FactorySettings>): Partial<FactoryColumns> => ({
  ...(ideal_per_hour !== undefined && { ideal_per_hour: sql`${ideal_per_hour}` }),
  ...(stop_after_seconds !== undefined && { stop_after_seconds: sql`cast(${stop_after_seconds} as integer)` }),
})

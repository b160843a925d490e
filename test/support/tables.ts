import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'

const schemas: Record<string, Record<string, unknown>> = import.meta.glob('../../src/db/*schema.ts', { eager: true })

/** The tables of the database, as the schema describes them. */
export const TABLES = Object.values(schemas)
  .flatMap((tables) => Object.values(tables))
  .filter((table): table is SQLiteTable => is(table, SQLiteTable))
  .map((table) => getTableConfig(table))

/** Their names. */
export const TABLE_NAMES = TABLES.map(({ name }) => name)

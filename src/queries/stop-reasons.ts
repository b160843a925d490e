import { eq } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { organisations } from '../db/schema.ts'

/** Selects the stop reasons of an organisation as JSON text: none or one row. */
export const selectStopReasons = (db: Database, organisationPk: number) =>
  db.select({ reasons: organisations.stop_reasons }).from(organisations).where(eq(organisations.pk, organisationPk))

/** Renders the column `stop_reasons` of an organisation. */
export const renderStopReasons = ({ reasons }: { reasons: string | null }): string => reasons ?? '{"reasons":[]}'

import { eq } from 'drizzle-orm'
import type { Database, RowsOf } from '../db/client.ts'
import { organisations } from '../db/schema.ts'
import { inSeconds } from './keys.ts'

/** Selects an organisation by its primary key, deleted or not: none or one row. */
export const selectOrganisationByPk = (db: Database, organisationPk: number) =>
  db
    .select({
      slug: organisations.slug,
      name: organisations.name,
      created_at: organisations.created_at,
      deleted_at: organisations.deleted_at,
    })
    .from(organisations)
    .where(eq(organisations.pk, organisationPk))

type OrganisationRow = RowsOf<ReturnType<typeof selectOrganisationByPk>>[number]

/** Renders an organisation as JSON text. */
export const renderOrganisation = ({ slug, name, created_at }: OrganisationRow): string =>
  JSON.stringify({ slug, name, created_at: inSeconds(created_at) })

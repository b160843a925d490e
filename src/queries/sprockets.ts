import { and, eq, gte, lt } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Database } from '../db/client.ts'
import { organisations, sprockets } from '../db/schema.ts'
import { nextId } from './pages.ts'
import { literal } from '../db/literal.ts'

/** Number of ids per list page, a block of ids. */
export const SPROCKETS_PAGE = 100

const columns = {
  id: sprockets.id,
  teeth: sprockets.teeth,
  pitch_diameter: sprockets.pitch_diameter,
  outside_diameter: sprockets.outside_diameter,
  pitch: sprockets.pitch,
}

/** Selects a sprocket type: none or one row. */
export const selectSprocket = (db: Database, organisationPk: number, id: number | SQL) =>
  db
    .select(columns)
    .from(sprockets)
    .where(and(eq(sprockets.organisation_pk, organisationPk), eq(sprockets.id, id)))

/** The query of a list page: the block of ids that begins at `from`, or with `limit` that number of sprocket types from `from` on. */
export interface SprocketPage {
  from: number
  limit?: number
}

/** Selects a page of sprocket types in order of id. It yields at least one row, with `id` null if the page is empty. */
export const selectSprocketPage = (db: Database, organisationPk: number, { from, limit }: SprocketPage) =>
  db
    .select({
      count: organisations.sprocket_count,
      next: nextId('sprockets', organisationPk, from, { size: SPROCKETS_PAGE, limit }).as('next_id'),
      ...columns,
    })
    .from(organisations)
    .leftJoin(
      sprockets,
      and(
        eq(sprockets.organisation_pk, organisations.pk),
        gte(sprockets.id, from),
        limit === undefined ? lt(sprockets.id, from + SPROCKETS_PAGE) : undefined,
      ),
    )
    .where(eq(organisations.pk, organisationPk))
    .orderBy(sprockets.id)
    .limit(literal(limit ?? SPROCKETS_PAGE))

import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { insertChunks } from '../../src/chunks/append.ts'
import { encodeChunks } from '../../src/chunks/encode.ts'
import type { ReadingInput } from '../../src/chunks/encode.ts'
import type { Database } from '../../src/db/client.ts'
import { chunks } from '../../src/db/schema.ts'
import type { TestClient } from './harness.ts'

/** A series of organisation 1 whose chunks a test stores itself, without the sums of days. */
export interface StoredSeries {
  /** Id of the factory. */
  id: number
  pk: number
  timeZone: string
}

/** Adds a factory without readings. */
export const addStoredSeries = async (client: TestClient, timeZone: string): Promise<StoredSeries> => {
  const { factory } = await (await client.post('/api/factories', { time_zone: timeZone })).json<{ factory: { id: number } }>()
  const pk = await env.DB.prepare('select series_pk as pk from factories where id = ? order by series_pk desc')
    .bind(factory.id)
    .first<number>('pk')
  return { id: factory.id, pk: pk!, timeZone }
}

/** Returns the statements that replace the readings of hours of a series, by default of all hours. */
export const replaceHours = (db: Database, { pk }: StoredSeries, readings: readonly ReadingInput[], hours?: readonly number[]) => {
  const encoded = encodeChunks(readings).filter(([, start]) => hours?.includes(Number(start)) ?? true)
  const isReplaced = hours ? sql`start in (select value from json_each(${JSON.stringify(hours)}))` : sql`true`
  return [
    db.delete(chunks).where(sql`series_pk = ${pk} and ${isReplaced}`),
    insertChunks(db, sql`cast(${pk} as integer)`, JSON.stringify(encoded)),
  ] as const
}

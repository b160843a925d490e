import { env } from 'cloudflare:workers'

const TABLES = [
  'organisations',
  'factories',
  'series',
  'chunks',
  'daily_sums',
  'time_zone_offsets',
  'sprockets',
  'audit_log',
  'cache_entries',
] as const

/** Returns as text every row of every table that a write touches, and every KV entry with its metadata. */
export const everythingStored = async (): Promise<string> => {
  const rows = await env.DB.batch(TABLES.map((table) => env.DB.prepare(`select * from ${table} order by 1, 2`)))
  const { keys } = await env.CACHE.list()
  const entries = await Promise.all(keys.map(async ({ name }) => [name, await env.CACHE.getWithMetadata(name, 'text')]))
  return JSON.stringify({ rows: rows.map(({ results }) => results), entries }, null, 1)
}

import { hashApiKey, generateApiKey } from '../../src/auth/api-key.ts'
import factories from '../../seed/factories.json' with { type: 'json' }

/** The time of the first reading of every series. One follows every minute. */
const FIRST_TIME = Date.UTC(2000, 0, 1) / 1000
export const READINGS = 500

export interface Reading {
  time: number
  actual: number
  goal: number
}

/**
 * Returns readings of a series from this position. Neighbours differ and no reading occurs twice, because SQLite skips
 * equal ones.
 */
export const readingsFrom = (first: number, count: number): Reading[] =>
  Array.from({ length: count }, (_, at) => ({
    time: FIRST_TIME + 60 * (first + at),
    actual: 20 + ((first + at) % 17),
    goal: 20 + ((first + at) % 13),
  }))

const columnsOf = (readings: Reading[]) => ({
  sprocket_production_actual: readings.map(({ actual }) => actual),
  sprocket_production_goal: readings.map(({ goal }) => goal),
  time: readings.map(({ time }) => time),
})

/** Adds an organisation and returns an admin key of it. */
export const addOrganisation = async (database: D1Database, slug: string): Promise<string> => {
  const key = generateApiKey()
  await database.batch([
    database.prepare('insert into organisations (slug, name, created_at, next_key_id) values (?1, ?1, 0, 1)').bind(slug),
    database
      .prepare(
        `insert into api_keys (organisation_pk, id, hash, name, role, created_at)
          select pk, 0, ?2, 'bench', 'admin', 0 from organisations where slug = ?1`,
      )
      .bind(slug, await hashApiKey(key)),
  ])
  return key
}

/** Sends a request. Throws unless it succeeds. */
export const send = async (url: string, key: string, init: { method?: string; body?: unknown } = {}): Promise<Response> => {
  const response = await fetch(url, {
    method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
  })
  if (!response.ok) throw new Error(`${init.method ?? ''} ${url}: ${response.status} ${await response.text()}`)
  return response
}

/** Adds factories with this many readings each. */
export const addFactories = async (url: string, key: string, count: number, readings = READINGS): Promise<void> => {
  for (let created = 0; created < count; created++) {
    await send(`${url}/api/factories`, key, { body: { chart_data: columnsOf(readingsFrom(0, readings)) } })
  }
}

/** Creates the table of the bare Workers, which has one row per reading, and copies all readings to it. */
export const addBareReadings = async (database: D1Database): Promise<void> => {
  await database.batch([
    database.prepare(
      `create table bare_readings (series_pk integer not null, time integer not null, actual integer, goal integer,
         primary key (series_pk, time)) strict, without rowid`,
    ),
    database.prepare(
      `insert into bare_readings
         select series_pk, start + seconds.value, ('[' || actual || ']') ->> seconds.key, ('[' || goal || ']') ->> seconds.key
         from chunks cross join json_each('[' || times || ']') as seconds`,
    ),
  ])
}

/** Adds the factories of the seed. */
export const addSeed = async (url: string, key: string): Promise<void> => {
  for (const { factory } of factories.factories) await send(`${url}/api/factories`, key, { body: factory })
}

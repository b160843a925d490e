import { CHUNK_COLUMNS } from '../../../src/chunks/chunk.ts'
import { encodeChunks, encodedPosition } from '../../../src/chunks/encode.ts'

/**
 * Workers that the benchmarks compare with: the minimum that returns the same payload from the same place, without a
 * key, limit, tag or route. `KIND` selects one.
 */
interface Env {
  KIND: 'constant' | 'constant-whole' | 'kv' | 'kv-whole' | 'rows' | 'batch' | 'upsert'
  DB: D1Database
  CACHE: KVNamespace
  /** The KV key of the bytes, or of the recorded statements of an append. */
  KEY: string
  /** The slug of the organisation whose rows are selected. */
  ORGANISATION: string
}

const HEADERS = { headers: { 'Content-Type': 'application/json' } }

let bytes: ArrayBuffer | null | undefined

/** Returns the bytes from a constant. The first request reads them from KV. */
const fromConstant = async ({ CACHE, KEY }: Env) => new Response((bytes ??= await CACHE.get(KEY, 'arrayBuffer')), HEADERS)

let headers: Headers | undefined

/** Returns the constant with all headers of the API, and an id for each request. */
const wholeFromConstant = async ({ CACHE, KEY }: Env) => {
  bytes ??= await CACHE.get(KEY, 'arrayBuffer')
  headers ??= new Headers((await CACHE.get<[string, string][]>(`${KEY} headers`, 'json'))!)
  const response = new Response(bytes, { headers })
  response.headers.set('X-Request-Id', crypto.randomUUID())
  return response
}

/** Streams the bytes from KV. */
const fromKv = async ({ CACHE, KEY }: Env) => new Response(await CACHE.get(KEY, { type: 'stream', cacheTtl: 30 }), HEADERS)

/** Reads KV as the API does: with the metadata, completely, and with a time limit of half a second. */
const wholeFromKv = async ({ CACHE, KEY }: Env) => {
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => limit.reject(new Error('longer than 500 ms')), 500)
  const read = CACHE.getWithMetadata(KEY, { type: 'arrayBuffer', cacheTtl: 30 })
  const { value } = await Promise.race([read, limit.promise]).finally(() => clearTimeout(timer))
  return new Response(value, HEADERS)
}

interface Row {
  id: number
  name: string | null
  time_zone: string
  time: number
  actual: number | null
  goal: number | null
}

/** Returns the newest 500 readings of factories in the form of the API. */
const selectFactories = async ({ DB, ORGANISATION }: Env, from: number, below: number) => {
  const { results } = await DB.prepare(
    `select f.id, f.name, f.time_zone, r.time, r.actual, r.goal from factories as f
     join (select series_pk, time, actual, goal, row_number() over (partition by series_pk order by time desc) as place from bare_readings
       where series_pk in (select series_pk from factories where organisation_pk = (select pk from organisations where slug = ?1)
         and id >= ?2 and id < ?3)) as r
     on r.series_pk = f.series_pk and r.place <= 500 order by f.id, r.time`,
  )
    .bind(ORGANISATION, from, below)
    .all<Row>()
  return [...Map.groupBy(results, ({ id }) => id).values()].map((rows) => {
    const { id, name, time_zone, time, actual, goal } = rows.at(-1)!
    return { factory: { id, name, time_zone, latest: { time, actual, goal }, chart_data: columnsOf(rows) } }
  })
}

const columnsOf = (rows: Row[]) => ({
  sprocket_production_actual: rows.map(({ actual }) => actual),
  sprocket_production_goal: rows.map(({ goal }) => goal),
  time: rows.map(({ time }) => time),
})

/** Returns the newest readings of one factory. It needs no window function. */
const selectChart = async ({ DB, ORGANISATION }: Env, id: number) => {
  const { results } = await DB.prepare(
    `select time, actual, goal from (select time, actual, goal from bare_readings where series_pk = (select series_pk from factories
      where organisation_pk = (select pk from organisations where slug = ?) and id = ?) order by time desc limit 500) order by time`,
  )
    .bind(ORGANISATION, id)
    .all<Row>()
  return columnsOf(results)
}

/** Selects the rows from D1 and renders JSON. */
const fromRows = async (request: Request, env: Env) => {
  const path = new URL(request.url).pathname
  if (path === '/api/factories') return Response.json({ factories: await selectFactories(env, 0, 20) })
  const id = Number(path.split('/')[3])
  return Response.json(path.endsWith('/chart-data') ? await selectChart(env, id) : (await selectFactories(env, id, id + 1))[0])
}

interface Reading {
  time: number
  actual: number
  goal: number
}

interface Recorded {
  factory: number
  statements: { sql: string; params: unknown[] }[]
}

let recorded: Recorded | null | undefined
const byFactory = new Map<number, Recorded['statements']>()

/** Returns the recorded statements for another factory. */
const statementsFor = (id: number, { factory, statements }: Recorded) => {
  const known = byFactory.get(id)
  if (known) return known
  const renamed = (param: unknown) => {
    if (param === factory) return id
    return typeof param === 'string'
      ? param.replaceAll(`/factory/${factory}`, `/factory/${id}`).replaceAll(`[${factory}]`, `[${id}]`)
      : param
  }
  const built = statements.map(({ sql, params }) => ({ sql, params: params.map(renamed) }))
  byFactory.set(id, built)
  return built
}

const POSITIONS = (['start', ...CHUNK_COLUMNS] as const).map(encodedPosition)

/** Runs the recorded batch of an append to the factory in the path, with another reading. */
const runBatch = async (request: Request, { DB, CACHE, KEY }: Env) => {
  const factory = Number(new URL(request.url).pathname.slice(1))
  const statements = statementsFor(factory, (recorded ??= await CACHE.get<Recorded>(KEY, 'json'))!)
  const reading = await request.json<Reading>()
  const [chunk] = encodeChunks([{ ...reading, factory }])
  const columns = POSITIONS.map((position) => chunk![position])
  const values: Record<string, unknown> = { '{time}': reading.time, '{commit}': crypto.randomUUID() }
  const filled = (param: unknown) => (typeof param === 'string' ? (values[param] ?? param) : param)
  const results = await DB.batch(
    statements.map(({ sql, params }) => {
      const all = sql.startsWith('insert into "chunks"') ? [...columns, ...params.slice(columns.length)] : params
      return DB.prepare(sql).bind(...all.map(filled))
    }),
  )
  return Response.json(results.at(-1)!.results)
}

/** Upserts readings into a table with one row per reading. No series has a negative number. */
const upsert = async (request: Request, { DB }: Env) => {
  const series = -Number(new URL(request.url).pathname.slice(1))
  const body = await request.json<Reading | { readings: Reading[] }>()
  const end = 'on conflict (series_pk, time) do update set actual = excluded.actual, goal = excluded.goal'
  const statement =
    'readings' in body
      ? DB.prepare(
          `insert into bare_readings select ?1, value ->> 'time', value ->> 'actual', value ->> 'goal' from json_each(?2) where true ${end}`,
        ).bind(series, JSON.stringify(body.readings))
      : DB.prepare(`insert into bare_readings (series_pk, time, actual, goal) values (?1, ?2, ?3, ?4) ${end}`).bind(
          series,
          body.time,
          body.actual,
          body.goal,
        )
  const { meta } = await statement.run()
  return Response.json({ changed: meta.changes })
}

export default {
  async fetch(request, env) {
    if (env.KIND === 'constant') return fromConstant(env)
    if (env.KIND === 'constant-whole') return wholeFromConstant(env)
    if (env.KIND === 'kv') return fromKv(env)
    if (env.KIND === 'kv-whole') return wholeFromKv(env)
    if (env.KIND === 'upsert') return upsert(request, env)
    return env.KIND === 'rows' ? fromRows(request, env) : runBatch(request, env)
  },
} satisfies ExportedHandler<Env>

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue } from 'node:sqlite'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import type { SQLWrapper } from 'drizzle-orm'
import { SUM_COLUMNS, TEXT_COLUMNS } from '../../src/chunks/chunk.ts'
import { encodedPosition, encodeChunks } from '../../src/chunks/encode.ts'
import { load } from '../../src/cli/load-files.ts'
import { openLocalDatabase } from '../../src/cli/local-database.ts'
import { readSeedFile } from '../../src/cli/read-file.ts'
import { render } from '../../src/cli/render-sql.ts'
import { openSqliteDatabase } from '../../src/cli/sqlite-database.ts'
import { rebuildDays } from '../../src/local-time/days.ts'
import { root } from '../e2e/npm-start.ts'

// A medium organisation: a hundred factories with a year of data each. The first reports every five minutes, the others
// every hour. The loader loads the last days. A million earlier readings are inserted directly, because the loader would
// take a minute.
const HOUR = 3600
const DAY = 86_400
const YEAR = 365 * DAY
/** The period that the loader loads, so that the latest figures of each series come from the Worker's own statements. */
const LOADED = 3 * DAY
const ZONES = ['Europe/Berlin', 'America/Chicago', 'Asia/Tokyo', 'UTC']
const TOWNS = ['Ulm', 'Gary', 'Osaka', 'Leeds', 'Turin', 'Lyon', 'Graz', 'Porto', 'Malmö', 'Brno']

/** Returns a deterministic random generator. */
const chance = (seed: number) => () => {
  seed = (seed * 16_807) % 2_147_483_647
  return seed / 2_147_483_647
}

interface Reading {
  time: number
  actual: number | null
  goal: number | null
}

interface FactoryFixture {
  name: string
  timeZone: string
  readings: Reading[]
}

/** Builds a year of readings in order of time, with missing figures and gaps: some hours, and some days at the end. */
const buildFactory = (n: number, now: number): FactoryFixture => {
  const random = chance(n + 1)
  const step = n === 0 ? 300 : HOUR
  // Every seventh factory has been silent for days.
  const end = now - (n % 7 === 6 ? 3 * DAY : 0)
  const goal = step / 10
  const skill = 0.95 + 0.09 * random()
  const count = YEAR / step
  const quiet = Math.floor(count * (0.2 + 0.6 * random()))
  const readings: Reading[] = []
  for (let k = 0; k < count; k += 1) {
    const made = goal * (skill + 0.05 * Math.sin((k * step) / (11 * DAY) + n) + 0.22 * (random() - 0.5))
    const isMissing = random() < 0.01
    if (k >= quiet && k < quiet + (2 * DAY) / step) continue
    if (n % 3 === 0 && k > count - (8 * HOUR) / step && k < count - (6 * HOUR) / step) continue
    readings.push({ time: end - (count - 1 - k) * step, actual: isMissing ? null : Math.round(made), goal: n % 17 === 16 ? null : goal })
  }
  const name = `Plant ${TOWNS[n % TOWNS.length]}${n < TOWNS.length ? '' : ` ${Math.floor(n / TOWNS.length) + 1}`}`
  return { name, timeZone: ZONES[n % ZONES.length]!, readings }
}

const databaseIn = async (state: string): Promise<DatabaseSync> => {
  const files = await readdir(join(state, 'v3/d1'), { recursive: true })
  // A metadata file lies next to the database.
  const found = files.filter((file) => file.endsWith('.sqlite') && !file.includes('metadata'))
  if (found.length !== 1) throw new Error(`${found.length} databases where one was expected`)
  return new DatabaseSync(join(state, 'v3/d1', found[0]!))
}

/** Builds statements but cannot run them. */
const builder = drizzle({} as D1Database)

/** The columns of `chunks` without the series, and their positions in an encoded chunk. */
const COLUMNS = ['start', 'last', ...TEXT_COLUMNS, ...SUM_COLUMNS] as const
const POSITIONS = COLUMNS.map(encodedPosition)

/** Inserts the readings before the chunks of the loaded ones, and sums all days. */
const insertReadings = (database: DatabaseSync, added: Map<number, FactoryFixture>): void => {
  const addChunk = database.prepare(`insert into chunks (series_pk, ${COLUMNS.join(', ')}) values (?${', ?'.repeat(COLUMNS.length)})`)
  const findSeries = database.prepare(
    'select series_pk, min(start) as first from chunks where series_pk = (select series_pk from factories where id = ?)',
  )
  database.exec('begin')
  for (const [id, { readings }] of added) {
    const { series_pk, first } = findSeries.get(id) as { series_pk: number; first: number }
    const encoded = encodeChunks(readings.filter(({ time }) => time < first)) as SQLInputValue[][]
    for (const chunk of encoded) addChunk.run(series_pk, ...POSITIONS.map((position) => chunk[position]!))
    for (const statement of rebuildDays(builder, sql`(select series_pk, time_zone from factories where id = ${id})`))
      database.exec(render(statement as unknown as SQLWrapper))
  }
  database.exec('commit')
}

/**
 * Creates a database that has the factories of the seed and this many more.
 * @param state the directory of wrangler's state
 */
export const addLargeFactories = async (state: string, count: number): Promise<void> => {
  const now = Math.floor(Date.now() / 1000) - 20
  const files = await Promise.all(['factories', 'sprockets'].map((name) => readSeedFile(join(root, `seed/${name}.json`), Date.now())))
  const added = new Map<number, FactoryFixture>()
  // The position of an entry is its id, so the factories of the seed come first.
  for (const file of files)
    if (file.kind === 'factories')
      for (let n = 0; n < count; n += 1) {
        const factory = buildFactory(n, now)
        added.set(file.factories.length, factory)
        file.factories.push({
          ...factory,
          settings: {},
          schedule: undefined,
          readings: factory.readings.filter(({ time }) => time > factory.readings.at(-1)!.time - LOADED),
        })
      }
  await (await openLocalDatabase({ 'persist-to': state })).close()
  const database = await databaseIn(state)
  await load(openSqliteDatabase(database), files, { organisation: 'demo', log: () => {} })
  insertReadings(database, added)
  database.close()
}

/** The id of the factory that reports every five minutes. */
export const BUSY = 3

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { load } from '../../src/cli/load-files.ts'
import { openLocalDatabase } from '../../src/cli/local-database.ts'
import { bucketStarts, offsetPeriods } from '../../src/rollups/time-zones.ts'
import { readSeedFile } from '../../src/cli/read-file.ts'
import { openSqliteDatabase } from '../../src/cli/sqlite-database.ts'
import { root } from '../e2e/npm-start.ts'

// A medium organisation: a hundred factories with a year of data each. The first reports every five minutes, the others
// every hour. The loader loads the last days. A million earlier readings are inserted directly, because the loader would
// take a minute.
const HOUR = 3600
const DAY = 86_400
const YEAR = 365 * DAY
/** The period that the loader loads, so that the latest figures of each series come from the Worker's own statements. */
const LOADED = 3 * DAY
/** Zones with offsets of whole hours, so that hours begin as in UTC. */
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

/** Inserts readings before the loaded ones, with their hours. Days are summed up from these. */
const insertReadings = (database: DatabaseSync, added: Map<number, FactoryFixture>): void => {
  const addReading = database.prepare('insert into readings (series_pk, time, actual, goal) values (?, ?, ?, ?)')
  const addHour = database.prepare(`insert into hourly_rollups values (?, ?, ?, ?, ?, ?, ?, ?)`)
  const placeOf = database.prepare(
    `select s.pk as series_pk, s.rollup_pk, (select min(time) from readings where series_pk = s.pk) as first
     from factories f join series s on s.pk = f.series_pk where f.id = ?`,
  )
  database.exec('begin')
  for (const [id, { timeZone, readings }] of added) {
    const { series_pk, rollup_pk, first } = placeOf.get(id) as { series_pk: number; rollup_pk: number; first: number }
    // The hour of the first loaded reading has its sums already.
    const older = readings.filter(({ time }) => time < first - (first % HOUR))
    const starts = bucketStarts(offsetPeriods(timeZone), 'day', older[0]!.time - 2 * DAY)
    let day = starts.next().value!
    let next = starts.next().value!
    let hour: { start: number; day: number; of: Reading[] } | undefined
    const sum = (values: (number | null)[]) =>
      values.every((value) => value === null) ? null : values.reduce<number>((a, b) => a + (b ?? 0), 0)
    const close = () => {
      if (!hour) return
      const { of } = hour
      const judged = of.filter(({ goal }) => goal !== null)
      const [actual, goal, compared] = [of.map((each) => each.actual), judged.map((each) => each.goal), judged.map((each) => each.actual)]
      addHour.run(rollup_pk, hour.start, hour.day, sum(actual), sum(goal), sum(compared), of.length, judged.length)
    }
    for (const reading of older) {
      addReading.run(series_pk, reading.time, reading.actual, reading.goal)
      const start = reading.time - (reading.time % HOUR)
      while (next <= start) [day, next] = [next, starts.next().value!]
      if (hour?.start === start) hour.of.push(reading)
      else {
        close()
        hour = { start, day, of: [reading] }
      }
    }
    close()
  }
  database.exec(`insert or replace into daily_rollups select rollup_pk, day, sum(actual), sum(goal), sum(compared), sum(readings), sum(goal_readings)
    from hourly_rollups group by rollup_pk, day`)
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
        file.factories.push({ ...factory, readings: factory.readings.filter(({ time }) => time > factory.readings.at(-1)!.time - LOADED) })
      }
  await (await openLocalDatabase({ 'persist-to': state })).close()
  const database = await databaseIn(state)
  await load(openSqliteDatabase(database), files, { organisation: 'demo', log: () => {} })
  insertReadings(database, added)
  database.close()
}

/** The id of the factory that reports every five minutes. */
export const BUSY = 3

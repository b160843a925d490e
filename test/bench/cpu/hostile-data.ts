import { COPIED_COLUMNS, copyChunks } from '../../support/copied-chunks.ts'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { send } from '../workload.ts'

const HOUR = 3_600
/** The start of the newest hour with readings. */
export const LAST_HOUR = Date.UTC(2026, 0, 20, 12) / 1_000
/** The factory that stands still as often as possible, and the first of those with the most stops that one request adds up. */
export const [PLANT, FIRST_LINE] = [0, 1]
/** Factories in all. */
export const FACTORIES = 500
/** Days of readings: a month of shifts for the plant, a week of stops for the lines, both with the days around it. */
const [PLANT_DAYS, LINE_DAYS] = [40, 13]

const readingAt = (seconds: number, actual: number) => ({ time: LAST_HOUR + seconds, actual, goal: 1, scrap: 0 })
/** The readings of an hour of the plant: 59 stops of a minute, with a second of production between two of them. */
const PLANT_HOUR = Array.from({ length: 59 }, (_, stop) => 61 * stop).flatMap((start) => [readingAt(start, 0), readingAt(start + 60, 1)])
/** The readings of an hour of a line: one a minute, with three stops. */
const LINE_HOUR = Array.from({ length: 60 }, (_, minute) => readingAt(60 * minute, minute % 20 === 0 ? 0 : 1))

const formatTime = (minute: number) =>
  [Math.floor(minute / 60) % 24, minute % 60].map((number) => String(number).padStart(2, '0')).join(':')

/** The schedule with the most shifts and breaks. None of them begins at a quarter of an hour. */
const SCHEDULE = {
  versions: [
    {
      valid_from: '2000-01-01',
      shifts: Array.from({ length: 6 }, (_, shift) => {
        const start = 240 * shift + 7
        const breaks = Array.from({ length: 8 }, (_each, rest) => start + 20 + 25 * rest)
        return {
          name: `Shift ${shift}`,
          days: [...WEEKDAYS],
          start: formatTime(start),
          end: formatTime(start + 240),
          breaks: breaks.map((minute) => ({ start: formatTime(minute), end: formatTime(minute + 10) })),
        }
      }),
    },
  ],
  exceptions: [],
}

const addFactory = async (url: string, key: string, id: number, readings: object[]) => {
  const factory = `${url}/api/factory/${id}`
  await send(`${url}/api/factories`, key, { body: {} })
  await send(`${factory}/chart-data`, key, { body: { readings } })
  await send(factory, key, { method: 'PATCH', body: { stop_after_seconds: 60, ideal_per_hour: 60 } })
  await send(`${factory}/schedule`, key, { method: 'PUT', body: SCHEDULE })
}

/**
 * Adds the data with which reads take most CPU to an empty database: a plant that stands still 59 times an hour, 499 lines that stand
 * still three times an hour, and everywhere six shifts a day of eight breaks each.
 */
export const addHostileData = async (url: string, key: string, database: D1Database): Promise<void> => {
  await addFactory(url, key, PLANT, PLANT_HOUR)
  await addFactory(url, key, FIRST_LINE, LINE_HOUR)
  const settings = 'time_zone, schedule, stop_after_seconds, ideal_per_hour'
  const statements = [
    `with recursive n(n) as (select 2 union all select n + 1 from n where n + 1 < ${FACTORIES}) insert into series (organisation_pk, factory_id)
      select organisation_pk, n from series cross join n where factory_id = ${FIRST_LINE}`,
    `insert into factories (organisation_pk, id, series_pk, created_at, ${settings}) select organisation_pk, factory_id, pk, 0, ${settings}
      from series join (select ${settings} from factories where id = ${FIRST_LINE}) where factory_id > ${FIRST_LINE}`,
    `insert into chunks (series_pk, start, last, ${COPIED_COLUMNS}) select pk, start, last, ${COPIED_COLUMNS} from series
      join (select chunks.* from chunks join factories using (series_pk) where id = ${FIRST_LINE}) where factory_id > ${FIRST_LINE}`,
    copyChunks(24 * PLANT_DAYS, -HOUR, `n < 24 * ${LINE_DAYS} or series_pk = (select series_pk from factories where id = ${PLANT})`),
    `update organisations set next_factory_id = ${FACTORIES}, factory_count = ${FACTORIES}`,
  ]
  await database.batch(statements.map((statement) => database.prepare(statement)))
}

import { formatNumber, LIMITS } from '../../../src/schemas/limits.ts'
import { FACTORIES, FIRST_LINE, LAST_HOUR, PLANT } from './hostile-data.ts'

/** A request that takes much CPU within the limits. */
export interface CostlyRequest {
  name: string
  path: string
  type?: string
  /** Returns the body of the n-th request. */
  body?: (n: number) => string
}

const plant = `/api/factory/${PLANT}`
const lines = Array.from({ length: LIMITS.stopFactories }, (_, index) => FIRST_LINE + index)
/** Returns a range of days up to the newest reading. */
const last = (days: number) => `from=${LAST_HOUR - days * 86_400}&to=${LAST_HOUR}`

/** Returns readings this many seconds apart. The figures differ in each request. */
const readingsOf = (step: number, n: number) =>
  Array.from({ length: LIMITS.readings }, (_, at) => ({
    time: 1_000_000_000 + Math.floor(step * at),
    actual: 10 + ((n + at) % 97),
    goal: at % 89,
    scrap: at % 7,
  }))
const toJson = (readings: object[]) => JSON.stringify({ readings })

/** Writes are first, because a write also renders the payloads that earlier reads have leased. */
export const COSTLY_REQUESTS: CostlyRequest[] = [
  { name: '5,000 readings in two hours', path: `${plant}/chart-data`, body: (n) => toJson(readingsOf(1.4, n)) },
  { name: '5,000 readings in 5,000 hours', path: `${plant}/chart-data`, body: (n) => toJson(readingsOf(3_600, n)) },
  {
    name: `5,000 readings of ${FACTORIES} factories`,
    path: '/api/readings',
    body: (n) => toJson(readingsOf(61, n).map((reading, at) => ({ factory: at % FACTORIES, ...reading }))),
  },
  {
    name: '5,000 readings as CSV',
    path: `${plant}/chart-data`,
    type: 'text/csv',
    body: (n) => ['time,actual,goal,scrap', ...readingsOf(61, n).map((reading) => Object.values(reading).join(','))].join('\n'),
  },
  {
    name: '5,000 points of line protocol',
    path: '/api/v2/write?precision=s',
    type: 'text/plain',
    body: (n) =>
      readingsOf(61, n)
        .map(
          ({ time, ...figures }, at) =>
            `production,factory=${at % FACTORIES} ${Object.entries(figures)
              .map(([name, figure]) => `${name}=${figure}i`)
              .join(',')} ${time}`,
        )
        .join('\n'),
  },
  { name: 'stops of 32 days', path: `${plant}/stops?${last(32)}&limit=500` },
  { name: 'stops of 32 days by reason', path: `${plant}/stops/pareto?${last(32)}` },
  { name: 'shifts of 32 days', path: `${plant}/shifts?${last(32)}` },
  { name: 'OEE of 32 days', path: `${plant}/oee?${last(32)}` },
  { name: 'states of a day', path: `${plant}/states?${last(1)}` },
  { name: `stops of ${lines.length} factories in 7 days`, path: `/api/stops/pareto?${last(7)}&factories=${lines.join(',')}` },
  { name: 'chart of 31 days of shifts', path: `${plant}/chart-data?resolution=shift&${last(31)}` },
  { name: 'chart of 5,000 readings', path: `${plant}/chart-data?limit=5000&format=rows` },
  { name: 'chart of 2,000 points', path: `${plant}/chart-data?points=2000` },
  { name: 'chart as SVG', path: `${plant}/chart.svg` },
  { name: '5,000 readings of an export', path: `${plant}/export?from=${LAST_HOUR - 2 * 86_400}` },
  { name: 'page of 20 factories with their series', path: '/api/factories?limit=20' },
  { name: 'page of 100 factories', path: '/api/factories?limit=100&chart_data=false' },
  { name: `summary of ${formatNumber(FACTORIES)} factories`, path: '/api/summary' },
]

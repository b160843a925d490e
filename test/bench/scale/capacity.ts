import { dollarsOf } from '../prices.ts'
import type { Use } from '../prices.ts'

/**
 * Counted figures of a factory that reports every minute: bytes by D1's own figure, rows and statements of one request. The bytes of a
 * reading include its part of the sums of the hour.
 */
export interface Counted {
  bytes: { reading: number; hour: number; day: number; entry: number }
  /** A request with one reading, and one with the readings of an hour. */
  alone: Use & { statements: number }
  hourly: Use & { statements: number }
}

/** The size limit of a database, and queries per second of one. https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_BYTES = 10e9
const QUERIES_A_SECOND = 1_000

const YEAR = { minutes: 525_960, hours: 8_766, days: 365.25 }
const MONTH_HOURS = 730
/** Retention of audit entries about appended readings. */
const LOG_DAYS = 7

const figure = (number: number) => (number < 100 ? number.toPrecision(2) : Math.round(Number(number.toPrecision(3))).toLocaleString('en'))
const row = (label: string, ...figures: number[]) => label.padEnd(64) + figures.map((each) => figure(each).padStart(12)).join('')

/** Derives tables of capacity and cost from the counts, for factories that report every minute. */
export const capacityOf = ({ bytes, alone, hourly }: Counted): string => {
  const sums = YEAR.hours * bytes.hour + YEAR.days * bytes.day
  const year = YEAR.minutes * bytes.reading + YEAR.days * bytes.day
  const log = (entriesADay: number) => LOG_DAYS * entriesADay * bytes.entry
  const retained = 90 * ((YEAR.minutes / YEAR.days) * bytes.reading - (YEAR.hours / YEAR.days) * bytes.hour)
  const cost = (factories: number, { statements: _, ...use }: Counted['alone'], times: number) =>
    factories * times * MONTH_HOURS * dollarsOf(use)
  return [
    row('bytes: a reading, an hour after retention, a day, a log entry', bytes.reading, bytes.hour, bytes.day, bytes.entry),
    row('MB a factory and year: readings and sums, after retention', year / 1e6, sums / 1e6),
    row('MB a factory in the log: each reading sent alone, an hour together', log(1440) / 1e6, log(24) / 1e6),
    row('factories in 10 GB after a year: alone, hourly', DATABASE_BYTES / (year + log(1440)), DATABASE_BYTES / (year + log(24))),
    row('the same, retention of 90 days, after 10 years', ...[1440, 24].map((n) => DATABASE_BYTES / (retained + 10 * sums + log(n)))),
    row('statements of a commit: alone, hourly', alone.statements, hourly.statements),
    row(
      'factories at 1,000 statements a second: alone, hourly',
      ...[60 / alone.statements, 3600 / hourly.statements].map((n) => n * QUERIES_A_SECOND),
    ),
    ...[1, 10, 1_000, 100_000].map((n) =>
      row(`dollars a month, ${n.toLocaleString('en')} factories: alone, hourly`, cost(n, alone, 60), cost(n, hourly, 1)),
    ),
    '',
  ].join('\n')
}

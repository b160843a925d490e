import { parseCell } from '../../schemas/csv-cell.ts'
import { describeWrongUnit } from '../../schemas/time-unit.ts'
import { parseInstant } from '../../schemas/timestamp.ts'

/** The time of a line: an instant in milliseconds, or a local time in milliseconds as if it were UTC. */
export type ParsedTime = { instant: number } | { local: number }

export type TimeFormat = 'seconds' | 'milliseconds' | 'offset' | 'local' | 'day-month' | 'month-day'

/** An example of each format. The last three need a time zone. */
export const TIME_EXAMPLES: Record<TimeFormat, string> = {
  seconds: '1775541600',
  milliseconds: '1775541600000',
  offset: '2026-04-07T06:00:00Z',
  local: '2026-04-07 06:00',
  'day-month': '07.04.2026 06:00',
  'month-day': '4/7/2026 6:00 AM',
}

/** True for the formats whose times are numbers, which have no separate time of day. */
export const isUnixFormat = (format: TimeFormat): boolean => format === 'seconds' || format === 'milliseconds'

export const FORMAT_NAMES = Object.keys(TIME_EXAMPLES) as TimeFormat[]

/** True for the formats whose times need a time zone. */
export const isLocalFormat = (format: TimeFormat | undefined): boolean =>
  format === 'local' || format === 'day-month' || format === 'month-day'

/** Date and time with an offset, also without seconds, and with an offset such as +0200. */
const WITH_OFFSET = /^(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:([Zz])|([+-]\d\d):?(\d\d))$/
/** Hours and minutes, optional seconds with a fraction, and optional AM or PM. */
const CLOCK = String.raw`[T, ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?)?$`
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})${CLOCK}`, 'i')
/** Dates with dots are written with the day first everywhere. */
const DOTTED = new RegExp(String.raw`^(\d{1,2})\.(\d{1,2})\.(\d{4})${CLOCK}`, 'i')
const SLASHED = new RegExp(String.raw`^(\d{1,2})[/-](\d{1,2})[/-](\d{4})${CLOCK}`, 'i')

/** Returns the local time in milliseconds as if it were UTC; undefined for a date or a time that does not exist. */
const toLocalTime = (date: (string | undefined)[], [hour, minute, second = '0', fraction = '', half]: (string | undefined)[]) => {
  const [year, month, day, hours] = [...date, hour].map(Number) as [number, number, number, number]
  if (half !== undefined && (hours < 1 || hours > 12)) return undefined
  const ofDay = half === undefined ? hours : (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
  const time = [year, month - 1, day, ofDay, Number(minute), Number(second)] as const
  const at = new Date(Date.UTC(...time))
  const parts = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
  if (year < 1000 || parts.some((part, n) => part !== time[n])) return undefined
  return { local: at.getTime() + Number(fraction.slice(0, 3).padEnd(3, '0')) }
}

/** Parses a time with an offset, which is an instant in any zone. */
export const parseWithOffset = (text: string): ParsedTime | undefined => {
  const [whole, minutes, seconds = ':00', zulu, hours, rest] = WITH_OFFSET.exec(text) ?? []
  if (whole === undefined) return undefined
  const instant = parseInstant(`${minutes!}${seconds}${zulu ?? `${hours!}:${rest!}`}`)
  return instant && { instant: instant.seconds * 1000 + instant.milliseconds }
}

const parseMilliseconds = (text: string): ParsedTime | undefined => {
  const value = /^-?\d+$/.test(text) ? Number(text) : NaN
  return Number.isSafeInteger(value) && describeWrongUnit(value, 'ms') === undefined ? { instant: value } : undefined
}

const parseSeconds = (text: string): ParsedTime | undefined => {
  const { value } = parseCell('time', text)
  return value === null || describeWrongUnit(value) !== undefined ? undefined : { instant: value * 1000 }
}

const parseYearFirst = (text: string): ParsedTime | undefined => {
  const [, year, month, day, ...clock] = YEAR_FIRST.exec(text) ?? []
  return year === undefined ? undefined : toLocalTime([year, month, day], clock)
}

const parseDayFirst = (text: string): ParsedTime | undefined => {
  const [, day, month, year, ...clock] = DOTTED.exec(text) ?? SLASHED.exec(text) ?? []
  return year === undefined ? undefined : toLocalTime([year, month, day], clock)
}

const parseMonthFirst = (text: string): ParsedTime | undefined => {
  const [, month, day, year, ...clock] = SLASHED.exec(text) ?? []
  return year === undefined ? undefined : toLocalTime([year, month, day], clock)
}

const PARSERS: Record<TimeFormat, (text: string) => ParsedTime | undefined> = {
  seconds: parseSeconds,
  milliseconds: parseMilliseconds,
  offset: parseWithOffset,
  local: parseYearFirst,
  'day-month': parseDayFirst,
  'month-day': parseMonthFirst,
}

/** Parses the time of a line. A time with an offset needs no format, so it also corrects a line in a file of local times. */
export const parseTime = (text: string, format: TimeFormat): ParsedTime | undefined =>
  PARSERS[format](text.trim()) ?? parseWithOffset(text.trim())

/**
 * Returns the format that reads most of the times of a file. It is undefined if no format reads any, or if two read equally many: 3/4/2026
 * is a day of April or of March, and only the user knows which. Times with an offset decide only in a file without other times, because
 * every format reads them.
 */
export const detectFormat = (texts: Iterable<string>): TimeFormat | undefined => {
  const counts = new Map(FORMAT_NAMES.map((format) => [format, 0]))
  for (const text of texts) {
    const trimmed = text.trim()
    if (trimmed === '') continue
    for (const format of FORMAT_NAMES) if (PARSERS[format](trimmed)) counts.set(format, counts.get(format)! + 1)
  }
  const withOffset = counts.get('offset')!
  counts.delete('offset')
  const [best, second] = [...counts].toSorted((a, b) => b[1] - a[1])
  if (best![1] === 0 && withOffset > 0) return 'offset'
  return best![1] > second![1] ? best![0] : undefined
}

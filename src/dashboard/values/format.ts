import { wrapName } from '../../schemas/text-direction.ts'
import { locale } from '../texts/locale.ts'
import { texts } from '../texts/values.ts'
import { formatNumber } from './numbers.ts'

/** Formats times, gaps and names in the language of the browser. */

/** Describes a gap in words, for screen readers. */
export const describeGap = (value: number | null): string => {
  if (value === null) return texts.noGoal
  if (value === 0) return texts.onGoal
  return value < 0 ? texts.behindGoal(formatNumber(-value)) : texts.aheadOfGoal(formatNumber(value))
}

/** Formats the minutes after hours. */
const twoDigits = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 })

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400
/** A factory is silent if its newest reading is older than this number of usual intervals, within SILENT_SECONDS. */
const SILENT_INTERVALS = 3
const SILENT_SECONDS = { min: 15 * MINUTE, max: DAY }
/** Times that are further than this from now are shown with their year. */
const SHOW_YEAR_SECONDS = 300 * DAY

/** Formats an age in the largest unit that fits, for use after words such as "for". */
const formatAge = (seconds: number): string => {
  if (seconds < MINUTE) return texts.seconds(formatNumber(Math.floor(seconds)))
  if (seconds < HOUR) return texts.minutes(formatNumber(Math.floor(seconds / MINUTE)))
  return seconds < 2 * DAY ? texts.hours(formatNumber(Math.floor(seconds / HOUR))) : texts.days(Math.floor(seconds / DAY))
}

/**
 * Formats an age, such as "5 min ago".
 * @param isExact true if the first ten seconds are counted too
 */
export const formatAgo = (seconds: number, isExact = false): string =>
  seconds < 10 && !isExact ? texts.justNow : texts.ago(formatAge(seconds))

/** Returns the power of 1,000 in which a value is written in short form. */
const findPower = (value: number): number => Math.min(texts.units.length - 1, Math.floor(Math.log10(value) / 3))

/** Formats the ticks of an axis in short form, with enough digits to distinguish them, such as 1.2M and 850K. Below 100,000 they are complete. */
export const formatTicks = (ticks: number[]): string[] => {
  const max = Math.max(...ticks.map(Math.abs))
  const power = max < 100_000 ? 0 : findPower(max)
  const unit = 1000 ** power
  const step = Math.min(...ticks.slice(1).map((tick, n) => tick - ticks[n]!))
  const digits = Number.isFinite(step) ? Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9)) : 2
  const format = new Intl.NumberFormat(locale, { maximumFractionDigits: Math.min(15, digits) })
  return ticks.map((tick) => `${format.format(tick / unit)}${tick === 0 ? '' : texts.units[power]}`)
}

/** Formats a figure of at least 1 in short form with three digits, such as 12.8K. */
export const formatShort = (value: number): string => {
  const rounded = Number(value.toPrecision(3))
  const power = findPower(rounded)
  return `${formatNumber(rounded / 1000 ** power)}${texts.units[power]}`
}

/** Formats a time in the time zone of a factory. The text omits the zone; each sentence, table and axis names it once. */
export const formatTime = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    ...texts.dateStyle,
    ...(Math.abs(Date.now() / 1000 - seconds) > SHOW_YEAR_SECONDS && { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(seconds * 1000))

/**
 * Describes the age of the newest reading of a factory. `fresh` is false if the factory is silent.
 * @param readings number of readings in the last day of its data, from which its usual interval is computed
 * @param zone time zone of the factory, if known. Without it, the text contains the length of the silence instead of its start.
 */
export const describeFreshness = (
  latest: { time: number } | null,
  readings: number,
  now: number,
  zone?: string,
): { fresh: boolean; words: string } => {
  if (!latest) return { fresh: false, words: texts.noDataYet }
  const age = Math.max(0, now / 1000 - latest.time)
  const silence = (SILENT_INTERVALS * DAY) / Math.max(1, readings)
  const fresh = age < Math.min(SILENT_SECONDS.max, Math.max(SILENT_SECONDS.min, silence))
  if (fresh) return { fresh, words: formatAgo(age) }
  return {
    fresh,
    words: zone === undefined ? texts.noDataFor(formatAge(age)) : texts.noDataSince(formatTime(latest.time, zone)),
  }
}

type NamedFactory = { id: number; name: string | null }

/** Returns the name of a factory for a separate element (createName). */
export const displayName = ({ id, name }: NamedFactory): string => name ?? texts.factory(id)

/** Returns the name of a factory for use inside other text, such as a title. */
export const displayNameInText = ({ id, name }: NamedFactory): string => (name === null ? texts.factory(id) : wrapName(name))

/** Formats the time of day in a zone, such as 06:00. */
export const formatClock = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat(locale, { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(new Date(seconds * 1000))

/** Formats a span within a day, such as "06:00 to 14:00". */
export const formatSpan = (from: number, to: number, zone: string): string => texts.span(formatClock(from, zone), formatClock(to, zone))

/** Formats a date in a zone, such as "Thu 26 Nov". It has a year if it is long ago. */
export const formatDate = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    weekday: 'short',
    ...texts.dateStyle,
    ...(Math.abs(Date.now() / 1000 - seconds) > SHOW_YEAR_SECONDS && { year: 'numeric' }),
  })
    .format(new Date(seconds * 1000))
    .replace(',', '')

/** Formats a length of time, such as "45 s", "12 min" and "1 h 05 min". */
export const formatDuration = (seconds: number): string => {
  if (seconds < MINUTE) return texts.seconds(formatNumber(Math.round(seconds)))
  const minutes = Math.round(seconds / MINUTE)
  if (minutes < 60) return texts.minutes(formatNumber(minutes))
  return texts.hoursAndMinutes(formatNumber(Math.floor(minutes / 60)), twoDigits.format(minutes % 60))
}

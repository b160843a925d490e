import { wrapName } from '../../schemas/text-direction.ts'

/** Formats numbers and times. Unknown values are shown as unknown, never as 0. */

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const signed = new Intl.NumberFormat('en', { signDisplay: 'exceptZero' })

export const UNKNOWN = '–'

export const formatNumber = (value: number | null): string => (value === null ? UNKNOWN : number.format(value))
/** Formats a figure that is computed, such as a share of a target, without a fraction. */
export const formatRounded = (value: number | null): string => formatNumber(value === null ? null : Math.round(value))
export const formatPercent = (value: number | null): string => (value === null ? UNKNOWN : percent.format(value))

/** Formats a gap with a sign, so that it can be read without colour. */
export const formatGap = (value: number | null): string =>
  value === null ? UNKNOWN : `${value < 0 ? '▼' : value > 0 ? '▲' : '='} ${signed.format(value).replace('-', '−')}`

/** Describes a gap in words, for screen readers. */
export const describeGap = (value: number | null): string =>
  value === null ? 'no goal' : value === 0 ? 'on goal' : `${number.format(Math.abs(value))} ${value < 0 ? 'behind' : 'ahead of'} goal`

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400
/** A factory is silent if its newest reading is older than this number of usual intervals, within SILENT_SECONDS. */
const SILENT_INTERVALS = 3
const SILENT_SECONDS = { min: 15 * MINUTE, max: DAY }
/** Times that are further than this from now are shown with their year. */
const SHOW_YEAR_SECONDS = 300 * DAY

/** Formats an age in the largest unit that fits. */
export const formatAgo = (seconds: number): string => {
  if (seconds < 10) return 'just now'
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h ago`
  return `${number.format(Math.floor(seconds / DAY))} days ago`
}

const UNITS = ['', 'K', 'M', 'B', 'T', 'Q']

/** Formats the ticks of an axis in short form, with enough digits to distinguish them, such as 1.2M and 850K. Below 100,000 they are complete. */
export const formatTicks = (ticks: number[]): string[] => {
  const max = Math.max(...ticks.map(Math.abs))
  const power = max < 100_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(max) / 3))
  const unit = 1000 ** power
  const step = Math.min(...ticks.slice(1).map((tick, n) => tick - ticks[n]!))
  const digits = Number.isFinite(step) ? Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9)) : 2
  const format = new Intl.NumberFormat('en', { maximumFractionDigits: Math.min(15, digits) })
  return ticks.map((tick) => `${format.format(tick / unit)}${tick === 0 ? '' : UNITS[power]}`)
}

/** Formats a time in the time zone of a factory. The text omits the zone; each sentence, table and axis names it once. */
export const formatTime = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
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
  if (!latest) return { fresh: false, words: 'no data yet' }
  const age = Math.max(0, now / 1000 - latest.time)
  const silence = (SILENT_INTERVALS * DAY) / Math.max(1, readings)
  const fresh = age < Math.min(SILENT_SECONDS.max, Math.max(SILENT_SECONDS.min, silence))
  if (fresh) return { fresh, words: formatAgo(age) }
  return {
    fresh,
    words: zone === undefined ? `no data for ${formatAgo(age).replace(' ago', '')}` : `no data since ${formatTime(latest.time, zone)}`,
  }
}

/** Formats a count with its noun in the singular or plural. */
export const formatCount = (count: number, one: string, many = `${one}s`): string => `${number.format(count)} ${count === 1 ? one : many}`

type NamedFactory = { id: number; name: string | null }

/** Returns the name of a factory for a separate element (createName). */
export const displayName = ({ id, name }: NamedFactory): string => name ?? `Factory ${id}`

/** Returns the name of a factory for use inside other text, such as a title. */
export const displayNameInText = ({ id, name }: NamedFactory): string => (name === null ? `Factory ${id}` : wrapName(name))

/** Formats the time of day in a zone, such as 06:00. */
export const formatClock = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(new Date(seconds * 1000))

/** Formats a span within a day, such as "06:00 to 14:00". */
export const formatSpan = (from: number, to: number, zone: string): string => `${formatClock(from, zone)} to ${formatClock(to, zone)}`

/** Formats a date in a zone, such as "Thu 26 Nov". It has a year if it is long ago. */
export const formatDate = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(Math.abs(Date.now() / 1000 - seconds) > SHOW_YEAR_SECONDS && { year: 'numeric' }),
  })
    .format(new Date(seconds * 1000))
    .replace(',', '')

/** Formats a length of time, such as "45 s", "12 min" and "1 h 05 min". */
export const formatDuration = (seconds: number): string => {
  if (seconds < MINUTE) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / MINUTE)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

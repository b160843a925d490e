import { wrapName } from '../schemas/text-direction.ts'

/** Figures and moments in words. A figure that is not known is said to be so, and never 0. */

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const signed = new Intl.NumberFormat('en', { signDisplay: 'exceptZero' })

export const UNKNOWN = '–'

export const formatNumber = (value: number | null): string => (value === null ? UNKNOWN : number.format(value))
export const formatPercent = (value: number | null): string => (value === null ? UNKNOWN : percent.format(value))

/** How far from the goal, with a sign that needs no colour. */
export const gapOf = (value: number | null): string =>
  value === null ? UNKNOWN : `${value < 0 ? '▼' : value > 0 ? '▲' : '='} ${signed.format(value).replace('-', '−')}`

/** The same for those who listen. */
export const gapInWords = (value: number | null): string =>
  value === null ? 'no goal' : value === 0 ? 'on goal' : `${number.format(Math.abs(value))} ${value < 0 ? 'behind' : 'ahead of'} goal`

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400
/** Older than this, a newest reading is no news but a silence: so many usual steps, within bounds. */
const SILENT_STEPS = 3
const SILENT_SECONDS = { least: 15 * MINUTE, most: DAY }
/** So far from today the year is said too. */
const YEAR_SAID_SECONDS = 300 * DAY

/** How long ago, in the largest unit that fits. */
export const formatAgo = (seconds: number): string => {
  if (seconds < 10) return 'just now'
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)} h ago`
  return `${number.format(Math.floor(seconds / DAY))} days ago`
}

const UNITS = ['', 'K', 'M', 'B', 'T', 'Q']

/** Writes the figures of an axis short, with as many digits as tell them apart: 1.2M, 850K, but 9,500 as it is. */
export const writeTicks = (ticks: number[]): string[] => {
  const most = Math.max(...ticks.map(Math.abs))
  const power = most < 100_000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(most) / 3))
  const unit = 1000 ** power
  const step = Math.min(...ticks.slice(1).map((tick, n) => tick - ticks[n]!))
  const digits = Number.isFinite(step) ? Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9)) : 2
  const format = new Intl.NumberFormat('en', { maximumFractionDigits: Math.min(15, digits) })
  return ticks.map((tick) => `${format.format(tick / unit)}${tick === 0 ? '' : UNITS[power]}`)
}

/** A moment as the clocks of a zone show it. The zone is the factory's, and is named once in each sentence, table and axis. */
export const formatTime = (seconds: number, zone: string): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'short',
    ...(Math.abs(Date.now() / 1000 - seconds) > YEAR_SAID_SECONDS && { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(seconds * 1000))

/**
 * Whether and since when a factory is heard of.
 * @param readings how many came in the last day of its data: one that reports every hour is not silent after half of one
 * @param zone the factory's zone where it is known; without it a silence has a length, which is the same in every zone
 */
export const freshness = (
  latest: { time: number } | null,
  readings: number,
  now: number,
  zone?: string,
): { fresh: boolean; words: string } => {
  if (!latest) return { fresh: false, words: 'no data yet' }
  const age = Math.max(0, now / 1000 - latest.time)
  const silence = (SILENT_STEPS * DAY) / Math.max(1, readings)
  const fresh = age < Math.min(SILENT_SECONDS.most, Math.max(SILENT_SECONDS.least, silence))
  if (fresh) return { fresh, words: formatAgo(age) }
  return {
    fresh,
    words: zone === undefined ? `no data for ${formatAgo(age).replace(' ago', '')}` : `no data since ${formatTime(latest.time, zone)}`,
  }
}

/** A number of things, with the right word. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${number.format(count)} ${count === 1 ? one : many}`

type Named = { id: number; name: string | null }

/** What a factory is called, for an element of its own (makeName). */
export const nameOf = ({ id, name }: Named): string => name ?? `Factory ${id}`

/** What a factory is called, for a string with other text around it, such as a title. */
export const nameInText = ({ id, name }: Named): string => (name === null ? `Factory ${id}` : wrapName(name))

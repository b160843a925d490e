/** An instant that a client sent. */
interface Instant {
  /** Unix seconds, rounded down. */
  seconds: number
  /** Milliseconds after that second, rounded down. */
  milliseconds: number
  /** True if nothing was rounded off. */
  isWhole: boolean
}

/** Date, time, fraction and offset. RFC 3339, section 5.6, allows lower-case letters and a space instead of the T. */
const RFC_3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/

/** Message for a value that is not an instant. */
export const SEND_INSTANT = 'Not an instant. Send Unix seconds, or RFC 3339 such as 2021-01-21T02:00:00Z.'

/** Returns the Unix seconds of a date and time in UTC; undefined if the date does not exist. */
const toSeconds = (date: string, time: string): number | undefined => {
  const ms = Date.parse(`${date}T${time}Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(`${date}T${time}`) ? ms / 1000 : undefined
}

/** True for the first second of a month. Leap seconds occur only before it. */
const isMonthStart = (seconds: number): boolean => seconds % 86_400 === 0 && new Date(seconds * 1000).getUTCDate() === 1

/**
 * Parses RFC 3339. Unix time has no leap seconds, so `23:59:60` is the second after it, as in POSIX.
 * @returns undefined for a text that is not RFC 3339, a date that does not exist, or a leap second that is not at the end of a month
 * in UTC
 */
export const parseInstant = (text: string): Instant | undefined => {
  const [, date = '', minute = '', second = '', fraction = '', sign, hours, minutes] = RFC_3339.exec(text) ?? []
  const isLeap = second === '60'
  const local = toSeconds(date, `${minute}:${isLeap ? '59' : second}`)
  if (local === undefined) return undefined
  const offset = sign === undefined ? 0 : (sign === '-' ? -60 : 60) * (60 * Number(hours) + Number(minutes))
  const seconds = local - offset + (isLeap ? 1 : 0)
  if (isLeap && !isMonthStart(seconds)) return undefined
  return { seconds, milliseconds: Number(fraction.slice(0, 3).padEnd(3, '0')), isWhole: /^0*$/.test(fraction) }
}

/** Parses RFC 3339 as Unix milliseconds, rounded down. */
export const parseInstantMs = (text: string): number | undefined => {
  const instant = parseInstant(text)
  return instant && instant.seconds * 1000 + instant.milliseconds
}

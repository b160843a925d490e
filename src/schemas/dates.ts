/** Milliseconds of a day. */
const DAY_MS = 86_400_000

/** Returns the number of days from 1970-01-01 to a date of four-digit years (`2026-11-27`); undefined if it does not exist. */
export const parseDay = (date: string): number | undefined => {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined
  const ms = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date) ? ms / DAY_MS : undefined
}

/** Returns the number of days from 1970-01-01 to a date that exists. */
export const toDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS

/** Returns the date of a number of days from 1970-01-01. */
export const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** The last date of four-digit years, 9999-12-31. */
export const LAST_DAY = 2_932_896

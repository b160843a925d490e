/** Converts between Unix seconds and the local time of a factory. */

const DAY = 86_400

/** The formats of the zones that a page has used. Creating one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>()

const findFormat = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known) return known
  const created = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(zone, created)
  return created
}

const localParts = (seconds: number, zone: string): Record<string, string> =>
  Object.fromEntries(
    findFormat(zone)
      .formatToParts(new Date(seconds * 1000))
      .map(({ type, value }) => [type, value]),
  )

/** Formats Unix seconds as value of `<input type="datetime-local">` in a time zone. */
export const toLocal = (seconds: number, zone: string): string => {
  const { year, month, day, hour, minute, second } = localParts(seconds, zone)
  return `${year!.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`
}

/** Moves a local time by a number of days. The result may be a time that the zone skips; `fromLocal` then returns the time after it. */
export const moveLocalDays = (text: string, days: number): string =>
  new Date(Date.parse(`${text}Z`) + days * DAY * 1000).toISOString().slice(0, 19)

/** Returns the seconds by which local time is ahead of UTC. */
const findOffset = (seconds: number, zone: string): number => Date.parse(`${toLocal(seconds, zone)}Z`) / 1000 - seconds

/**
 * Returns the times that a local time may mean, earliest first. Tries the offsets of one day before and after: around a change of the
 * clocks, they differ.
 * @param local the local time in seconds as if it were UTC
 */
const listCandidates = (local: number, zone: string): [number, number] => {
  const [before, after] = [local - findOffset(local - DAY, zone), local - findOffset(local + DAY, zone)]
  return [Math.min(before, after), Math.max(before, after)]
}

const findInstants = (local: number, zone: string): number[] =>
  [...new Set(listCandidates(local, zone))].filter((seconds) => seconds + findOffset(seconds, zone) === local)

/**
 * Parses the value of such an input to Unix seconds. Returns the first time if the hour occurs twice, and undefined for an invalid text.
 * @param shown the time that the input was filled with. It is returned if the user has not changed it, also in an hour that occurs twice
 */
export const fromLocal = (text: string, zone: string, shown?: number | null): number | undefined => {
  const local = Date.parse(`${text}Z`) / 1000
  if (Number.isNaN(local)) return undefined
  if (shown != null && shown + findOffset(shown, zone) === local) return shown
  return findInstants(local, zone)[0] ?? listCandidates(local, zone)[1]
}

/**
 * Creates a function that returns the times of a local time, which is in seconds as if it were UTC: two if clocks go back over it, none
 * if they skip it. The offset of a day without a change is computed once, so that long files are read fast.
 */
export const createLocalReader = (zone: string): ((local: number) => number[]) => {
  const offsets = new Map<number, number | undefined>()
  return (local) => {
    const day = Math.floor(local / DAY)
    if (!offsets.has(day)) {
      const [before, after] = [findOffset((day - 1) * DAY, zone), findOffset((day + 2) * DAY, zone)]
      offsets.set(day, before === after ? before : undefined)
    }
    const offset = offsets.get(day)
    return offset === undefined ? findInstants(local, zone) : [local - offset]
  }
}

/** Formats Unix seconds as ISO 8601 with the offset of a zone, such as 2026-04-07T06:00:00+02:00. */
export const formatWithOffset = (seconds: number, zone: string): string => {
  const minutes = Math.round(findOffset(seconds, zone) / 60)
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0')
  return `${toLocal(seconds, zone)}${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** Returns time zones for a list: the given ones, UTC, which the list of the platform may lack, and all that this browser knows. */
export const listZones = (...first: string[]): string[] => [...new Set([...first, 'UTC', ...Intl.supportedValuesOf('timeZone')])]

/** Returns the time zone of this browser. Times of keys and of the audit log belong to no factory, so they are shown in it. */
export const findBrowserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

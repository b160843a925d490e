/** Converts between Unix seconds and the local time of a factory. */

const localParts = (seconds: number, zone: string): Record<string, string> =>
  Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
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
  new Date(Date.parse(`${text}Z`) + days * 86_400_000).toISOString().slice(0, 19)

/** Parses the value of such an input to Unix seconds. Returns the first time if the hour occurs twice, and undefined for an invalid text. */
export const fromLocal = (text: string, zone: string): number | undefined => {
  const naive = Date.parse(`${text}Z`) / 1000
  if (Number.isNaN(naive)) return undefined
  const offsetAt = (seconds: number) => Date.parse(`${toLocal(seconds, zone)}Z`) / 1000 - seconds
  // Tries the offsets of one day before and after. Around a change of the clocks, one of them leads back to the text.
  const candidates = [naive - offsetAt(naive - 86_400), naive - offsetAt(naive + 86_400)].toSorted((a, b) => a - b)
  return candidates.find((seconds) => seconds + offsetAt(seconds) === naive) ?? candidates[1]
}

/** Returns the time zone of this browser. Times of keys and of the audit log belong to no factory, so they are shown in it. */
export const findBrowserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

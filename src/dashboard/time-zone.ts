/** Between the clock on a factory's wall and Unix seconds. */

const wall = (seconds: number, zone: string): Record<string, string> =>
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

/** Unix seconds as `<input type="datetime-local">` wants them. */
export const toLocal = (seconds: number, zone: string): string => {
  const { year, month, day, hour, minute, second } = wall(seconds, zone)
  return `${year!.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`
}

/** Unix seconds of what such an input says; of an hour that comes twice the first, undefined for nonsense. */
export const fromLocal = (text: string, zone: string): number | undefined => {
  const naive = Date.parse(`${text}Z`) / 1000
  if (Number.isNaN(naive)) return undefined
  const offsetAt = (seconds: number) => Date.parse(`${toLocal(seconds, zone)}Z`) / 1000 - seconds
  // The offset before and after: where clocks change, one of the two leads back to the text.
  const candidates = [naive - offsetAt(naive - 86_400), naive - offsetAt(naive + 86_400)].toSorted((a, b) => a - b)
  return candidates.find((seconds) => seconds + offsetAt(seconds) === naive) ?? candidates[1]
}

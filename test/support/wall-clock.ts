/**
 * Returns a function from Unix seconds to the local time of a zone, as seconds since 1970 of a clock without offset. The
 * result comes from the digits that Intl prints. `makeOffsetReader` uses the name of the offset, so the two are independent.
 */
export const makeWallClock = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  })
  return (time: number): number => {
    const [month, day, year, hour, minute, second] = format
      .format(1000 * time)
      .match(/\d+/g)!
      .map(Number)
    return Date.UTC(year!, month! - 1, day!, hour, minute, second) / 1000
  }
}

import type { Stored } from './series-model.ts'

/** Returns a function that formats a time in a zone: its date, and its hour with the offset from UTC. */
const shownIn = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
  return (time: number) => {
    const parts = Object.fromEntries(format.formatToParts(1000 * time).map(({ type, value }) => [type, value]))
    const date = `${parts['year']}-${parts['month']}-${parts['day']}`
    return { date, hour: `${date} ${parts['hour']} ${parts['timeZoneName']}` }
  }
}

/**
 * Returns functions that find the start of the hour or day of a time. They step back by minutes, because offsets since
 * 1973 are whole minutes.
 */
export const bucketsIn = (zone: string) => {
  const shown = shownIn(zone)
  const known = new Map<string, number>()
  const back = (time: number, of: 'date' | 'hour') => {
    const minute = Math.floor(time / 60) * 60
    const name = shown(minute)[of]
    const found = known.get(name)
    if (found !== undefined) return found
    let start = minute
    while (shown(start - 60)[of] === name) start -= 60
    known.set(name, start)
    return start
  }
  return { hourOf: (time: number) => back(time, 'hour'), dayOf: (time: number) => back(time, 'date') }
}

/** Returns the starts of the hours of a zone, from the hour of one time to the hour of another. */
const hoursBetween = (zone: string, from: number, until: number): number[] => {
  const { hourOf } = bucketsIn(zone)
  const found = [hourOf(until)]
  while (found[0]! > from) found.unshift(hourOf(found[0]! - 60))
  return found
}

const sumOf = (figures: (number | null)[]) => {
  const known = figures.filter((figure) => figure !== null)
  return known.length ? known.reduce((a, b) => a + b) : null
}

/** Returns the sums of readings. Those of scrap are absent if no reading has scrap. */
const computeSums = (readings: Stored[]) => {
  const withGoal = readings.filter(({ goal }) => goal !== null)
  const withScrap = readings.filter(({ scrap }) => scrap !== undefined)
  return {
    actual: sumOf(readings.map(({ actual }) => actual)),
    goal: sumOf(readings.map(({ goal }) => goal)),
    compared: sumOf(withGoal.map(({ actual }) => actual)),
    ...(withScrap.length && {
      scrap: sumOf(withScrap.map(({ scrap }) => scrap!)),
      inspected: sumOf(withScrap.map(({ actual }) => actual)),
    }),
    readings: readings.length,
    goal_readings: withGoal.length,
  }
}

/** Returns a total as the contract describes it. */
export const totalOf = (from: number | null, to: number | null, readings: Stored[]) => {
  const { compared, inspected: _, ...sums } = computeSums(readings)
  const known = compared !== null && sums.goal !== null
  return {
    from,
    to,
    ...sums,
    gap: known ? compared - sums.goal! : null,
    attainment: known && sums.goal! > 0 ? compared / sums.goal! : null,
  }
}

/** Returns the sums of each bucket that has readings. */
export const bucketSums = (readings: Stored[], startOf: (time: number) => number) =>
  [...Map.groupBy(readings, ({ time }) => startOf(time))]
    .map(([start, members]) => ({ start, ...computeSums(members) }))
    .toSorted((a, b) => a.start - b.start)

/** Returns a summary as the contract describes it. The readings must be in order of time. */
export const summaryOf = (factory: { id: number; name: string | null }, zone: string, readings: Stored[]) => {
  const latest = readings.at(-1)
  if (!latest) {
    const nothing = totalOf(null, null, [])
    return { ...factory, latest: null, window: nothing, last_hour: nothing, last_day: nothing, hours: [] }
  }
  const end = latest.time + 1
  const last = (seconds: number) =>
    totalOf(
      end - seconds,
      end,
      readings.filter(({ time }) => time >= end - seconds),
    )
  const window = readings.slice(-500)
  const { hourOf } = bucketsIn(zone)
  const shown = readings.filter(({ time }) => hourOf(time) >= end - 86_400)
  const starts = shown.length ? hoursBetween(zone, shown[0]!.time, latest.time) : []
  const ends = [...starts.slice(1), starts.length ? hoursBetween(zone, latest.time, latest.time + 7_200)[1]! : 0]
  return {
    ...factory,
    latest,
    window: totalOf(window[0]!.time, end, window),
    last_hour: last(3_600),
    last_day: last(86_400),
    hours: starts.map((start, index) =>
      totalOf(
        start,
        ends[index]!,
        readings.filter(({ time }) => hourOf(time) === start),
      ),
    ),
  }
}

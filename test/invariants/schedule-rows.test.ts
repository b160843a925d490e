import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { DAY_SECONDS } from '../../src/local-time/time-zones.ts'
import { LONGEST_SHIFT, OPEN_ROWS, rowsOfShifts } from '../../src/queries/shifts.ts'
import { formatDay } from '../../src/schemas/dates.ts'
import { LIMITS } from '../../src/schemas/limits.ts'
import { WEEKDAYS } from '../../src/schemas/weekdays.ts'
import { countBindings } from '../support/counting.ts'
import { createHarness, newIsolate } from '../support/harness.ts'

// Promise: a read of shifts reads at most the rows that its rate limit assumes, with any schedule. The times of other dates cost nothing.

const HOUR = 3_600
const FIRST_DAY = 18_500
const FROM = FIRST_DAY * DAY_SECONDS
const LONGEST_DAYS = LIMITS.shiftDays - 1

const formatTime = (minutes: number) => [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

/** Returns as many shifts as a day may have. Each starts and ends within a quarter of an hour, after a number of minutes of an hour. */
const shiftsAfter = (minutes: number) =>
  Array.from({ length: LIMITS.dayShifts }, (_, index) => ({
    name: 'A',
    start: formatTime(index * 240 + minutes),
    end: formatTime(index * 240 + minutes + 121),
  }))
const weekly = (minutes: number) => ({
  valid_from: '2000-01-01',
  shifts: shiftsAfter(minutes).map((each) => ({ ...each, days: WEEKDAYS })),
})

/** Returns exceptions with as many distinct times as possible, from a day on. */
const distinctExceptions = (first: number, length: number) =>
  Array.from({ length }, (_, index) => ({ date: formatDay(first + index), shifts: shiftsAfter(31 + (index % 28)) }))

const EMPTY = { valid_from: '2000-01-01', shifts: [] as object[] }

/** Returns a function that reads an address of a new factory with some readings each hour, and counts the rows. */
const countRowsOf = async (schedule: { versions: object[]; exceptions: object[] }, days: number, readingsPerHour: number) => {
  const harness = await createHarness()
  const path = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  expect((await harness.engineer.put(`${path}/schedule`, schedule)).status).toBe(200)
  const readings = Array.from({ length: days * 24 * readingsPerHour }, (_, index) => ({
    time: FROM + (index * HOUR) / readingsPerHour,
    actual: 1_000 + (index % 3),
    goal: 1_000,
    scrap: 100,
  }))
  for (let index = 0; index < readings.length; index += LIMITS.readings)
    expect((await harness.operator.post(`${path}/chart-data`, { readings: readings.slice(index, index + LIMITS.readings) })).status).toBe(
      200,
    )
  const counter = countBindings(env)
  const { viewer } = harness.elsewhere(newIsolate(harness.clock, counter.env))
  return async (address: string) => {
    await viewer.get(path)
    counter.take()
    expect((await viewer.get(path + address)).status, address).toBe(200)
    return counter.take().rowsRead
  }
}

const BY_DAY = `/oee?resolution=day&from=${FROM}&to=${FROM + LONGEST_DAYS * DAY_SECONDS}`

test('a schedule with other times on every date costs about as many rows as one with the same shifts every day', async () => {
  const same = await countRowsOf({ versions: [weekly(31)], exceptions: [] }, LONGEST_DAYS, 4)
  const distinct = await countRowsOf({ versions: [EMPTY], exceptions: distinctExceptions(FIRST_DAY, 64) }, LONGEST_DAYS, 4)
  expect(await distinct(BY_DAY)).toBeLessThan(1.1 * (await same(BY_DAY)))
})

test('a read of shifts reads no times of shifts on dates outside its span', async () => {
  const others = distinctExceptions(FIRST_DAY - 100, 64)
  const counts = []
  for (const exceptions of [others, others.map(({ date }) => ({ date, shifts: [] }))])
    counts.push(await (await countRowsOf({ versions: [weekly(31)], exceptions }, 3, 1))(BY_DAY))
  expect(counts[0]).toBe(counts[1])
})

test('a read of shifts stays within the assumed rows if every shift starts and ends within a quarter of long chunks', async () => {
  const days = 3
  const exceptions = [...distinctExceptions(FIRST_DAY, 2), ...Array.from({ length: 398 }, (_, n) => ({ date: formatDay(n), shifts: [] }))]
  const read = await countRowsOf({ versions: [weekly(35)], exceptions }, days, 360)
  const seconds = days * DAY_SECONDS
  const range = `from=${FROM}&to=${FROM + seconds}`
  for (const address of [`/shifts?${range}`, `/oee?${range}`, `/oee?resolution=day&${range}`]) {
    const rows = await read(address)
    expect(rows, address).toBeGreaterThan(rowsOfShifts(seconds) / 4)
    // An open annotation may need the other rows.
    expect(rows, address).toBeLessThanOrEqual(rowsOfShifts(seconds + LONGEST_SHIFT) - OPEN_ROWS)
  }
})

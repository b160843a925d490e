import fc from 'fast-check'
import type { Schedule } from '../../src/schemas/schedules.ts'
import { WEEKDAYS } from '../../src/schemas/weekdays.ts'

type Shift = Schedule['versions'][number]['shifts'][number]

const formatTime = (minutes: number) => [Math.floor(minutes / 60) % 24, minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

/** Returns shifts that fill a day from the first border to the same time on the next day. */
const shiftsBetween = (borders: number[], rest: number, targets: (number | null)[]): Omit<Shift, 'days'>[] =>
  borders.map((start, index) => {
    const end = borders[index + 1] ?? borders[0]! + 1440
    const first = start + Math.min(rest, end - start)
    const last = Math.min(first + 30, end)
    return {
      name: `Shift ${index}`,
      start: formatTime(start),
      end: formatTime(end),
      breaks: first < last && last - first < end - start ? [{ start: formatTime(first), end: formatTime(last) }] : [],
      target: targets[index % targets.length]!,
    }
  })

const shiftsOfDay = fc
  .record({
    borders: fc.uniqueArray(
      fc.oneof(
        fc.integer({ min: 0, max: 1439 }),
        fc.integer({ min: 0, max: 95 }).map((n) => n * 15),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    rest: fc.integer({ min: 0, max: 400 }),
    targets: fc.array(fc.constantFrom(null, 0, 480, 1200), { minLength: 1, maxLength: 3 }),
  })
  .map(({ borders, rest, targets }) =>
    shiftsBetween(
      borders.toSorted((a, b) => a - b),
      rest,
      targets,
    ),
  )

const formatDate = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10)

/** Arbitrary schedules around a date: up to two versions, and exceptions. Shifts may overlap where those meet. */
export const schedulesAround = (instant: string): fc.Arbitrary<Schedule> => {
  const day = Math.floor(Date.parse(instant) / 86_400_000)
  const days = fc.subarray([...WEEKDAYS], { minLength: 1 })
  return fc
    .record({
      first: fc.tuple(shiftsOfDay, days),
      second: fc.option(fc.tuple(shiftsOfDay, days, fc.integer({ min: -2, max: 2 }))),
      exceptions: fc.uniqueArray(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.option(shiftsOfDay)), { maxLength: 2, selector: ([n]) => n }),
    })
    .map(({ first: [shifts, weekdays], second, exceptions }) => ({
      versions: [
        { valid_from: formatDate(day - 300), shifts: shifts.map((shift) => ({ ...shift, days: weekdays })) },
        ...(second ? [{ valid_from: formatDate(day + second[2]), shifts: second[0].map((shift) => ({ ...shift, days: second[1] })) }] : []),
      ],
      exceptions: exceptions.map(([after, replaced]) => ({ date: formatDate(day + after), shifts: replaced ?? [], note: null })),
    }))
}

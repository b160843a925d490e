import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { findScheduleErrors } from '../../../src/schedule/schedule-errors.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { CLOCK_CHANGES } from '../../support/clock-changes.ts'
import { schedulesAround } from '../../support/schedules.ts'
import { SeriesModel } from '../../support/series-model.ts'
import type { Stored } from '../../support/series-model.ts'
import { shiftsOfDates } from '../../support/shift-model.ts'
import type { ModelShift } from '../../support/shift-model.ts'
import { totalOf } from '../../support/summary-model.ts'

// Promise: after any sequence of writes, each shift has the figures of its readings, in every zone and for every schedule.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const DAY = 86_400
const figure = fc.constantFrom(null, 0, 1, 32, 40)
const after = fc.oneof(
  fc.integer({ min: -150, max: 150 }).map((n) => n * 60),
  fc.integer({ min: -100, max: 100 }).map((n) => n * 1_800),
  fc.integer({ min: -200_000, max: 200_000 }),
)
const reading = fc.record({ after, actual: figure, goal: figure })
type Step =
  | { do: 'append' | 'replace'; readings: { after: number; actual: number | null; goal: number | null }[] }
  | { do: 'remove' | 'correct'; which: number; actual: number | null }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), readings: fc.array(reading, { minLength: 1, maxLength: 25 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), readings: fc.array(reading, { maxLength: 10 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'correct' as const), which: fc.nat(), actual: figure }) },
)
const plan = fc.constantFrom(...CLOCK_CHANGES).chain(([zone, change]) =>
  fc.record({
    zone: fc.constant(zone),
    middle: fc.constant(Date.parse(change) / 1000),
    schedule: schedulesAround(change).filter((schedule) => findScheduleErrors(schedule).length === 0),
    steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  }),
)

/** Returns the number of seconds of a shift before a time that are not in a break. */
const elapsedOf = ({ from, to, breaks }: ModelShift, until: number) => {
  let seconds = 0
  for (let time = from; time < Math.min(to, until); time++) if (!breaks.some((rest) => rest.from <= time && time < rest.to)) seconds++
  return seconds
}

/** Returns a shift as the contract describes it, with its forecast. */
const expectedShift = (shift: ModelShift, all: Stored[]) => {
  const readings = all.filter(({ time }) => time >= shift.from && time < shift.to)
  const { from, to, ...figures } = totalOf(shift.from, shift.to, readings)
  const elapsed = readings.length === 0 ? 0 : elapsedOf(shift, readings.at(-1)!.time + 1)
  const { date, name, planned_seconds, target } = shift
  const due = readings.length === 0 || planned_seconds === 0 || target === null ? null : (target * elapsed) / planned_seconds
  return {
    shown: { date, name, from, to, planned_seconds, ...figures, target, expected: target === null ? figures.goal : due },
    forecast: figures.actual === null || elapsed === 0 ? null : (figures.actual * planned_seconds) / elapsed,
  }
}

const read = async <T>(path: string): Promise<T> => {
  const response = await harness.viewer.get(path)
  expect(response.status).toBe(200)
  return response.json<T>()
}
const dateOf = (time: number) => new Date(time * 1000).toISOString().slice(0, 10)

test('shifts equal the figures of a model after every write', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ zone, middle, schedule, steps }) => {
      const factory = (await harness.engineer.post('/api/factories', { time_zone: zone })).headers.get('Location')!
      await harness.engineer.put(`${factory}/schedule`, schedule)
      const model = new SeriesModel()
      for (const each of steps) {
        if ('readings' in each) {
          const readings = each.readings.map(({ after: seconds, actual, goal }) => ({ time: middle + seconds, actual, goal }))
          const send = each.do === 'append' ? harness.operator.post : harness.engineer.put
          expect((await send(`${factory}/chart-data`, { readings })).status).toBe(200)
          if (each.do === 'append') model.upsert(readings)
          else model.replace(readings)
          continue
        }
        const all = model.all()
        if (all.length === 0) continue
        const { time } = all[each.which % all.length]!
        if (each.do === 'remove') {
          model.remove(time)
          expect((await harness.operator.delete(`${factory}/chart-data/${time}`)).status).toBe(204)
        } else {
          model.upsert([{ time, actual: each.actual }])
          expect((await harness.operator.put(`${factory}/chart-data/${time}`, { actual: each.actual })).status).toBe(200)
        }
      }
      await harness.drain()

      const all = model.all()
      const shifts = shiftsOfDates(schedule, zone, dateOf(middle - 12 * DAY), dateOf(middle + 6 * DAY))
      const shown = (wanted: ModelShift[]) => wanted.map((shift) => expectedShift(shift, all).shown)
      const newest = all.at(-1)?.time
      const within = (from: number, to: number) => shifts.filter((shift) => shift.from < to && shift.to > from)
      expect(await read(`${factory}/shifts?last=week`)).toEqual({
        shifts: newest === undefined ? [] : shown(within(newest + 1 - 7 * DAY, newest + 1)),
      })
      const [from, to] = [middle - DAY, middle + DAY]
      expect(await read(`${factory}/shifts?from=${from}&to=${to}`)).toEqual({
        shifts: shown(shifts.filter((shift) => shift.from >= from && shift.from < to)),
      })
      const date = dateOf(middle)
      expect(await read(`${factory}/shifts?date=${date}`)).toEqual({ shifts: shown(shifts.filter((shift) => shift.date === date)) })
      const current = newest === undefined ? undefined : within(newest, newest + 1)[0]
      const { shown: figures, forecast } = current ? expectedShift(current, all) : { shown: null, forecast: null }
      expect((await read<{ shift: unknown }>(`${factory}/summary`)).shift).toEqual(figures && { ...figures, forecast })
    }),
    { numRuns: 40 },
  )
})

import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { storedDays } from '../../support/chunks.ts'
import { CLOCK_CHANGES } from '../../support/clock-changes.ts'
import { createHarness, newIsolate } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { SeriesModel } from '../../support/series-model.ts'
import type { Sent } from '../../support/series-model.ts'
import { bucketsIn, bucketSums, summaryOf } from '../../support/summary-model.ts'

// Promise: after any sequence of writes, hours and days equal the sums of the readings, in every time zone.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const figure = fc.constantFrom(null, 0, 1, 32, 40)
const zoned = fc.constantFrom(...CLOCK_CHANGES)
const offset = fc.oneof(
  fc.integer({ min: -130, max: 130 }).map((n) => n * 60),
  fc.integer({ min: -60, max: 60 }).map((n) => n * 1_800),
  fc.integer({ min: -100_000, max: 100_000 }),
)
const sent = fc.record({ at: offset, actual: figure, goal: figure, scrap: fc.constantFrom(null, 0, 1) }).map(({ scrap, ...rest }) => ({
  ...rest,
  scrap: (scrap ?? 0) > (rest.actual ?? -1) ? null : scrap,
}))
type Step =
  | { do: 'append' | 'replace'; readings: { at: number; actual: number | null; goal: number | null; scrap: number | null }[] }
  | { do: 'remove' | 'correct'; which: number; actual: number | null }
  | { do: 'move'; zone: string }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('append' as const), readings: fc.array(sent, { minLength: 1, maxLength: 25 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), readings: fc.array(sent, { maxLength: 10 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'correct' as const), which: fc.nat(), actual: figure }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), zone: zoned.map(([zone]) => zone) }) },
)

/** Returns the hours or days of a chart that have readings, without those that fill gaps. */
const readBuckets = async (chart: string, resolution: 'hour' | 'day') => {
  const response = await harness.viewer.get(`${chart}?resolution=${resolution}&limit=5000&format=rows`)
  return ((await response.json()) as { readings: number }[]).filter(({ readings }) => readings > 0)
}
const omitParts = ({ start, compared: _, inspected: __, ...sums }: ReturnType<typeof bucketSums>[number]) => ({ time: start, ...sums })

test('after any sequence of writes, hours, days and summary equal the sums of the readings, across clock changes', async () => {
  await fc.assert(
    fc.asyncProperty(zoned, fc.array(step, { minLength: 1, maxLength: 6 }), async ([first, change], steps) => {
      let zone = first
      const base = Date.parse(change) / 1000
      const created = await harness.engineer.post('/api/factories', { time_zone: zone, name: 'x' })
      const { id } = ((await created.json()) as { factory: { id: number } }).factory
      const chart = `/api/factory/${id}/chart-data`
      const model = new SeriesModel()
      for (const each of steps) {
        if ('readings' in each) {
          const readings: Sent[] = each.readings.map(({ at, ...figures }) => ({ time: base + at, ...figures }))
          model[each.do === 'append' ? 'upsert' : 'replace'](readings)
          await harness.engineer[each.do === 'append' ? 'post' : 'put'](chart, { readings })
        } else if ('zone' in each) {
          zone = each.zone
          await harness.engineer.patch(`/api/factory/${id}`, { time_zone: zone })
        } else if (model.all().length) {
          const { time } = model.all()[each.which % model.all().length]!
          if (each.do === 'remove') {
            model.remove(time)
            await harness.engineer.delete(`${chart}/${time}`)
          } else {
            model.upsert([{ time, actual: each.actual, scrap: null }])
            await harness.engineer.put(`${chart}/${time}`, { actual: each.actual, scrap: null })
          }
        }
      }
      const { hourOf, dayOf } = bucketsIn(zone)
      await harness.drain()
      expect(await readBuckets(chart, 'hour')).toEqual(bucketSums(model.all(), hourOf).map(omitParts))
      if (zone !== 'America/St_Johns') {
        const days = bucketSums(model.all(), dayOf)
        expect(await readBuckets(chart, 'day')).toEqual(days.map(omitParts))
        const stored = await storedDays(id)
        expect(days.filter(({ start }) => stored.some((day) => day.start === start))).toEqual(stored)
        expect(stored.length).toBe(Math.max(0, days.length - 1))
      }
      const summary = await (await harness.elsewhere(newIsolate(harness.clock)).viewer.get(`/api/factory/${id}/summary`)).json()
      expect(summary).toEqual(summaryOf({ id, name: 'x' }, zone, model.all()))
    }),
    { numRuns: 60 },
  )
})

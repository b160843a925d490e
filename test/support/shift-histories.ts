import fc from 'fast-check'
import { findScheduleErrors } from '../../src/schedule/schedule-errors.ts'
import type { SpanAnnotation } from '../../src/queries/stop-annotations.ts'
import type { Schedule } from '../../src/schemas/schedules.ts'
import { CLOCK_CHANGES } from './clock-changes.ts'
import { schedulesAround } from './schedules.ts'
import { SeriesModel } from './series-model.ts'
import type { Sent } from './series-model.ts'
import { CATEGORIES } from './oee-model.ts'

/** Random histories of a factory with a schedule around a clock change, as writes that a test sends. */

const figure = fc.constantFrom(null, 0, 0, 1, 32, 40)
const after = fc.oneof(
  fc.integer({ min: -150, max: 150 }).map((n) => n * 60),
  fc.integer({ min: -100, max: 100 }).map((n) => n * 1_800),
  fc.integer({ min: -200_000, max: 200_000 }),
)
/** Scrap of a reading, if its actual production permits it. Absent scrap leaves the stored one. */
const scrap = fc.constantFrom(undefined, undefined, null, 0, 1)
const withScrap = <Figures extends { actual: number | null; scrap: number | null | undefined }>({ scrap: sent, ...figures }: Figures) => ({
  ...figures,
  ...(sent !== undefined && { scrap: sent !== null && sent > (figures.actual ?? -1) ? null : sent }),
})
const reading = fc.record({ after, actual: figure, goal: figure, scrap }).map(withScrap)

type Step =
  | { do: 'append' | 'replace'; readings: (Omit<Sent, 'time'> & { after: number })[] }
  | { do: 'remove' | 'correct'; which: number; actual: number | null; scrap?: number | null }

/** A run of readings at a steady interval, as a collector sends it: production, a stop, and production again. */
const steady = fc
  .record({
    start: after,
    interval: fc.constantFrom(1, 10, 60, 300, 1_200),
    lengths: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
    scrapEvery: fc.constantFrom(0, 1, 3),
  })
  .map(({ start, interval, lengths, scrapEvery }) =>
    lengths
      .flatMap((length, index) => Array.from({ length }, () => (index % 2 === 0 ? 5 : 0)))
      .map((actual, index) => ({
        after: start + index * interval,
        actual,
        goal: 5,
        ...(scrapEvery && index % scrapEvery === 0 && { scrap: Math.min(actual, 1) }),
      })),
  )

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('append' as const), readings: fc.array(reading, { minLength: 1, maxLength: 25 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('append' as const), readings: steady }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), readings: fc.array(reading, { maxLength: 10 }) }) },
  {
    weight: 2,
    arbitrary: fc
      .record({ do: fc.constantFrom('remove' as const, 'correct' as const), which: fc.nat(), actual: figure, scrap })
      .map(withScrap),
  },
)

/** An annotation before it has an id. Its times count from the clock change. */
interface Note {
  start: number
  length: number | null
  reason: keyof typeof CATEGORIES
  manual: boolean
}

/** The reasons of the organisation, which the test must send. */
export const REASONS = {
  reasons: Object.entries(CATEGORIES).map(([code, category]) => ({ code, name: code, category, group: null, retired: false })),
}

const note: fc.Arbitrary<Note> = fc.record({
  start: after,
  length: fc.option(fc.integer({ min: 1, max: 40_000 })),
  reason: fc.constantFrom(...(Object.keys(CATEGORIES) as (keyof typeof CATEGORIES)[])),
  manual: fc.boolean(),
})
/** Annotations that do not overlap. An open one occupies its first second. */
const notes = fc.array(note, { maxLength: 4 }).map((list) => {
  const kept: Note[] = []
  for (const each of list.toSorted((a, b) => a.start - b.start)) {
    const last = kept.at(-1)
    if (!last || last.start + (last.length ?? 1) <= each.start) kept.push(each)
  }
  return kept
})

/** A history: the zone, a clock change in it, the schedule, and the writes. */
export interface ShiftHistory {
  zone: string
  /** Time of the clock change. */
  middle: number
  /** null without a schedule. */
  schedule: Schedule | null
  /** null for the default. */
  stopAfter: number | null
  idealPerHour: number | null
  notes: Note[]
  steps: Step[]
}

export const shiftHistory: fc.Arbitrary<ShiftHistory> = fc.constantFrom(...CLOCK_CHANGES).chain(([zone, change]) =>
  fc.record({
    zone: fc.constant(zone),
    middle: fc.constant(Date.parse(change) / 1000),
    schedule: fc.option(
      schedulesAround(change).filter((schedule) => findScheduleErrors(schedule).length === 0),
      { freq: 9 },
    ),
    stopAfter: fc.constantFrom(null, 60, 700, 3_600),
    idealPerHour: fc.constantFrom(null, 400),
    notes,
    steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  }),
)

/** Sends a request and returns the response. It fails for a status other than 2xx. */
export type Send = (method: string, path: string, body?: unknown) => Promise<Response>

/** Plays a history. Returns the path of its factory and its readings. */
export const playHistory = async (send: Send, { zone, middle, schedule, stopAfter, idealPerHour, notes: sent, steps }: ShiftHistory) => {
  const factory = (
    await send('POST', '/api/factories', { time_zone: zone, stop_after_seconds: stopAfter, ideal_per_hour: idealPerHour })
  ).headers.get('Location')!
  if (schedule) await send('PUT', `${factory}/schedule`, schedule)
  const annotations: SpanAnnotation[] = []
  for (const { start, length, reason, manual } of sent) {
    const body = { from: middle + start, to: length === null ? null : middle + start + length, reason, note: null, manual }
    const created = await send('POST', `${factory}/stop-annotations`, body)
    annotations.push({ ...body, id: ((await created.json()) as { id: number }).id })
  }
  const model = new SeriesModel()
  for (const each of steps) {
    if ('readings' in each) {
      const readings = each.readings.map(({ after: seconds, ...figures }) => ({ time: middle + seconds, ...figures }))
      if (!model.accepts(readings, each.do === 'replace')) continue
      await send(each.do === 'append' ? 'POST' : 'PUT', `${factory}/chart-data`, { readings })
      if (each.do === 'append') model.upsert(readings)
      else model.replace(readings)
      continue
    }
    const all = model.all()
    if (all.length === 0) continue
    const { time } = all[each.which % all.length]!
    if (each.do === 'remove') {
      model.remove(time)
      await send('DELETE', `${factory}/chart-data/${time}`)
    } else {
      const figures = { actual: each.actual, ...(each.scrap !== undefined && { scrap: each.scrap }) }
      if (!model.accepts([{ time, ...figures }])) continue
      model.upsert([{ time, ...figures }])
      await send('PUT', `${factory}/chart-data/${time}`, figures)
    }
  }
  return { factory, readings: model.all(), annotations }
}

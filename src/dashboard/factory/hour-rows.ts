import type { Reads } from '../../client/operations.ts'
import { describeMissing, findUsualRate } from '../values/completeness.ts'
import { sumKnown } from '../values/sum-known.ts'
import { toLocal } from '../values/time-zone.ts'
import type { Period } from './period.ts'

export type State = Reads['/api/factory/{id}/states']['states'][number]
export type Stop = Reads['/api/factory/{id}/stops']['stops'][number]

/** A reading of a period, or the sum of one of its hours. */
export interface PeriodPoint {
  time: number
  actual: number | null
  goal: number | null
  scrap: number | null
  /** Number of readings in the sum; 1 for a reading. */
  readings: number
}

/** An hour of the board, cut at the borders of its period. */
export interface HourRow {
  from: number
  to: number
  /** Production that is planned for the whole hour; null if unknown. */
  plan: number | null
  /** Production that is due up to the newest reading. It differs from `plan` in the current hour. */
  due: number | null
  made: number | null
  /** Made minus due, and its sum from the start of the period on; null if unknown. */
  gap: number | null
  cumulative: number | null
  /** Production that is due in the hours of `cumulative`. */
  cumulativeDue: number
  scrap: number | null
  /** The parts of stops in the hour, in planned seconds. */
  stops: { stop: Stop; seconds: number }[]
  /** Describes missing readings; undefined if the hour is complete or has not ended. */
  missing: string | undefined
  /** True for the hour of the newest reading, if the hour has not ended. */
  isCurrent: boolean
  isFuture: boolean
  /** True if no second of the hour is planned. */
  isUnplanned: boolean
}

/** A half-open span of time, Unix seconds. */
export interface Span {
  from: number
  to: number
}

const overlap = (a: Span, b: Span) => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from))

/** Returns the local hours of a period. The first and the last one may be shorter. */
export const listHours = ({ from, to }: Span, zone: string): Span[] => {
  const hours: Span[] = []
  for (let start = from; start < to; start = hours.at(-1)!.to) {
    const [minutes, seconds] = toLocal(start, zone).slice(14).split(':').map(Number) as [number, number]
    hours.push({ from: start, to: Math.min(to, start + 3600 - 60 * minutes - seconds) })
  }
  return hours
}

/** Computes the rows of the board: plan, production, stops and completeness of each hour. */
export const computeHourRows = (
  period: Period,
  zone: string,
  { points, states, stops, latest }: { points: PeriodPoint[]; states: State[]; stops: Stop[]; latest: number | undefined },
): HourRow[] => {
  const unplanned = states.filter(({ state }) => state === 'not-planned')
  const plannedIn = (span: Span) => unplanned.reduce((seconds, each) => seconds - overlap(each, span), span.to - span.from)
  const { target, planned_seconds: planned } = period.shift ?? { target: null, planned_seconds: 0 }
  const end = latest === undefined ? -Infinity : latest + 1
  let cumulative: number | null = null
  let cumulativeDue = 0
  const hours = listHours(period, zone)
  const rows = hours.map(({ from, to }) => {
    const inside = points.filter(({ time }) => time >= from && time < to)
    const sum = (figure: 'actual' | 'goal' | 'scrap') => sumKnown(inside.map((point) => point[figure]))
    const span = { from, to }
    const share = (seconds: number) => (target === null || planned === 0 ? null : (target * seconds) / planned)
    const isFuture = from >= end
    const [made, goal] = [sum('actual'), sum('goal')]
    const due = target === null ? goal : share(plannedIn({ from, to: Math.max(from, Math.min(to, end)) }))
    const gap = isFuture || made === null || due === null ? null : made - due
    if (gap !== null) {
      cumulative = (cumulative ?? 0) + gap
      cumulativeDue += due!
    }
    return {
      ...span,
      plan: target === null ? goal : share(plannedIn(span)),
      due,
      made,
      gap,
      cumulative: gap === null ? null : cumulative,
      cumulativeDue,
      scrap: sum('scrap'),
      stops: stops.flatMap((stop) => {
        const part = { from: Math.max(from, stop.from), to: Math.min(to, stop.to ?? end) }
        const seconds = part.from < part.to ? plannedIn(part) : 0
        return seconds > 0 ? [{ stop, seconds }] : []
      }),
      readings: inside.reduce((count, point) => count + point.readings, 0),
      isCurrent: from < end && end < to,
      isFuture,
      isUnplanned: plannedIn(span) === 0,
    }
  })
  const past = rows.filter(({ isCurrent, isFuture }) => !isCurrent && !isFuture)
  const rate = findUsualRate(past.map(({ from, to, readings }) => ({ readings, seconds: to - from })))
  return rows.map(({ readings, ...row }) => ({
    ...row,
    missing: row.isCurrent || row.isFuture ? undefined : describeMissing({ readings, seconds: row.to - row.from }, rate),
  }))
}

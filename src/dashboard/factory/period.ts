import type { Reads } from '../../client/operations.ts'
import { formatDate, formatSpan } from '../values/format.ts'
import { fromLocal, moveLocalDays, toLocal } from '../values/time-zone.ts'
import type { Range } from '../page/view-url.ts'

export type Shift = Reads['/api/factory/{id}/shifts']['shifts'][number]

/** A period that the page shows hour by hour: a shift, or a local day. Times are Unix seconds. */
export interface Period {
  from: number
  to: number
  shift: Shift | undefined
}

/** The data from which a period is found. */
export interface Calendar {
  zone: string
  /** Time of the newest reading, or of now without one. */
  latest: number
  /** Known shifts in order of time; undefined for a factory without a schedule. */
  shifts: Shift[] | undefined
  /** The shift that contains the newest reading. */
  current: Shift | undefined
}

const toDate = (seconds: number, zone: string) => toLocal(seconds, zone).slice(0, 10)

/** Returns the start of the local day that is a number of days after the day of a time. */
const findMidnight = (seconds: number, zone: string, days = 0): number =>
  fromLocal(moveLocalDays(`${toDate(seconds, zone)}T00:00:00`, days), zone)!

/** Returns the local day that contains a time. */
const findDay = (seconds: number, zone: string): Period => ({
  from: findMidnight(seconds, zone),
  to: findMidnight(seconds, zone, 1),
  shift: undefined,
})

const toPeriod = (shift: Shift): Period => ({ from: shift.from, to: shift.to, shift })

const isSame = (a: { from: number; to: number }, b: { from: number; to: number }) => a.from === b.from && a.to === b.to

/**
 * Returns the period that a range is: a shift, a local day, or undefined for any other range. Without a name, the range is the shift
 * of the newest reading, or its day if the factory has no schedule. Between two shifts, it is the earlier one.
 */
export const findPeriod = (range: Range, { zone, latest, shifts = [], current }: Calendar): Period | undefined => {
  if ('from' in range) {
    const shift = shifts.find((each) => isSame(each, range))
    if (shift) return toPeriod(shift)
    const day = findDay(range.from, zone)
    return isSame(day, range) ? day : undefined
  }
  const shift = current ?? shifts.findLast(({ from }) => from <= latest)
  if (shift && (range.last === undefined || range.last === 'shift')) return toPeriod(shift)
  return range.last === undefined || range.last === 'shift' || range.last === 'day' ? findDay(latest, zone) : undefined
}

/** Returns the range of the shift or the day before or after a period; undefined if none has begun or is known. */
export const findNeighbour = (
  { from, to, shift }: Period,
  { zone, latest, shifts = [], current }: Calendar,
  step: -1 | 1,
): Range | undefined => {
  if (!shift) {
    const day = step === 1 ? findDay(to, zone) : findDay(from - 1, zone)
    if (day.from > latest) return undefined
    return day.to > latest ? { last: 'day' } : { from: day.from, to: day.to }
  }
  const index = shifts.findIndex((each) => isSame(each, shift))
  const next = index === -1 ? undefined : shifts[index + step]
  if (!next || next.from > latest) return undefined
  return current && isSame(next, current) ? { last: 'shift' } : { from: next.from, to: next.to }
}

/** Returns the title of a period, such as "Early · Thu 26 Nov, 06:00 to 14:00 (Europe/Berlin)". */
export const formatPeriod = ({ from, to, shift }: Period, zone: string): string =>
  shift ? `${shift.name} · ${formatDate(from, zone)}, ${formatSpan(from, to, zone)} (${zone})` : `${formatDate(from, zone)} (${zone})`

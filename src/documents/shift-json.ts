import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import type { ShiftRow, StopRow } from '../queries/shifts.ts'
import { findOccurrences } from '../schedule/shift-occurrences.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'
import { parseSchedule } from '../schedule/stored-schedule.ts'
import { computeExpected, computeForecast, sumShifts } from '../schedule/summed-shifts.ts'
import { measureShifts } from '../stops/measure-shifts.ts'
import type { MeasuredShift } from '../stops/measure-shifts.ts'
import { computeOee } from '../stops/oee.ts'
import type { OeeInput } from '../stops/oee.ts'
import type { ListFormat } from './csv.ts'
import { renderShiftsCsv } from './production-csv.ts'
import { toTotal } from './total.ts'

/** Returns OEE with its factors; null if every factor is unknown. */
const toOee = (input: OeeInput) => {
  const factors = computeOee(input)
  return Object.values(factors).every((factor) => factor === null) ? null : factors
}

/** Returns a shift as the API shows it. */
const toShift = (measured: MeasuredShift) => {
  const { shift, sums, stops } = measured
  const { date, name, from, to, planned_seconds, target } = shift
  const { from: _from, to: _to, ...figures } = toTotal(from, to, sums)
  const { scrap, inspected } = sums
  const quality = { scrap, good: scrap === null || inspected === null ? null : inspected - scrap }
  return {
    date,
    name,
    from,
    to,
    planned_seconds,
    ...figures,
    target,
    expected: computeExpected(measured),
    ...quality,
    stops,
    oee: toOee(measured),
  }
}

/** Returns the shifts of a row that have a part in a span and meet a condition, as the API shows them. None without a schedule. */
export const listShifts = (row: ShiftRow & StopRow, span: Span, isIncluded: (shift: ShiftOccurrence) => boolean = () => true) =>
  row.schedule === null ? [] : measureShifts(row, span, isIncluded).map(toShift)

/** Returns the shift that contains the newest reading, with its forecast; null without one. */
export const findCurrentShift = (row: ShiftRow & StopRow) => {
  const { newest } = row
  const [current] = newest === null ? [] : measureShifts(row, { from: newest, to: newest + 1 }, () => true)
  return current ? { ...toShift(current), forecast: computeForecast(current) } : null
}

/** Returns the date, the name and the attainment of the shift that contains the newest reading; null without one. */
export const findShiftAttainment = ({ schedule, newest, offsetPeriods, parts }: ShiftRow) => {
  if (newest === null) return null
  const current = findOccurrences(parseSchedule(schedule), parseOffsetPeriods(offsetPeriods), { from: newest, to: newest + 1 })
  const [summed] = sumShifts(current, parts)
  if (!summed) return null
  const { date, name, from, to } = summed.shift
  return { date, name, attainment: toTotal(from, to, summed.sums).attainment }
}

/** Renders shifts. */
export const renderShifts = (shifts: ReturnType<typeof listShifts>, format: ListFormat = 'json'): string =>
  format === 'csv' ? renderShiftsCsv(shifts) : JSON.stringify({ shifts })

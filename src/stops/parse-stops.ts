import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { ADJOINING_SECONDS } from '../queries/shifts.ts'
import type { StopRow } from '../queries/shifts.ts'
import { findOccurrences } from '../schedule/shift-occurrences.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import { parsePlannedTime } from '../schedule/stored-schedule.ts'
import { DEFAULT_STOP_AFTER_SECONDS } from '../schemas/factory-settings.ts'
import { annotateStops } from './annotate-stops.ts'
import type { Timeline } from './annotate-stops.ts'
import { deriveStops } from './derive-stops.ts'
import { parseStateSpans } from './state-spans.ts'
import type { Stop } from './stop.ts'

/** Parses a row. Returns the shifts and stops of a span and of the time around it, and the states of the machine. */
export const parseStops = (row: StopRow, span: Span): Timeline & { stops: Stop[] } => {
  const newest = row.newest ?? Number.MIN_SAFE_INTEGER
  const around = { from: span.from - ADJOINING_SECONDS, to: span.to + ADJOINING_SECONDS }
  const shifts = findOccurrences(parsePlannedTime(row.schedule), parseOffsetPeriods(row.offsetPeriods), around)
  const timeline = { states: parseStateSpans(row.states, newest), shifts, newest }
  const derived = deriveStops(timeline.states, shifts, row.stopAfterSeconds ?? DEFAULT_STOP_AFTER_SECONDS)
  return { ...timeline, stops: annotateStops(derived, [], timeline) }
}

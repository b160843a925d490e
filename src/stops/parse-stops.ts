import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { ADJOINING_SECONDS } from '../queries/shifts.ts'
import type { StopRow } from '../queries/shifts.ts'
import type { SpanAnnotation } from '../queries/stop-annotations.ts'
import { findOccurrences } from '../schedule/shift-occurrences.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import { parsePlannedTime } from '../schedule/stored-schedule.ts'
import { DEFAULT_STOP_AFTER_SECONDS } from '../schemas/factory-settings.ts'
import { annotateStops } from './annotate-stops.ts'
import type { Timeline } from './annotate-stops.ts'
import { deriveStops } from './derive-stops.ts'
import { parseReasons } from './reasons.ts'
import type { StopReason } from './reasons.ts'
import { parseStateSpans } from './state-spans.ts'
import type { Stop } from './stop.ts'

/** The stops of a factory with their reasons, and the data from which they follow. */
interface ParsedStops extends Timeline {
  stops: Stop[]
  /** The reasons of the organisation by their code. */
  reasons: ReadonlyMap<string, StopReason>
  /** Finds the reason of a stop; undefined for a stop without an annotation. */
  findReason: (stop: Stop) => StopReason | undefined
}

/** Parses a row. Returns the shifts and the stops of a span and of the time around it. */
export const parseStops = (row: StopRow, span: Span): ParsedStops => {
  const newest = row.newest ?? Number.MIN_SAFE_INTEGER
  const around = { from: span.from - ADJOINING_SECONDS, to: span.to + ADJOINING_SECONDS }
  const shifts = findOccurrences(parsePlannedTime(row.schedule), parseOffsetPeriods(row.offsetPeriods), around)
  const timeline = { states: parseStateSpans(row.states, newest), shifts, newest }
  const derived = deriveStops(timeline.states, shifts, row.stopAfterSeconds ?? DEFAULT_STOP_AFTER_SECONDS)
  const annotations = (JSON.parse(row.annotations) as SpanAnnotation[]).toSorted((a, b) => a.from - b.from)
  const reasons = parseReasons(row.reasons)
  const findReason = ({ annotation }: Stop) => (annotation ? reasons.get(annotation.reason) : undefined)
  return { ...timeline, stops: annotateStops(derived, annotations, timeline), reasons, findReason }
}

/** Returns the stops that begin in a span, with their reasons, and all reasons of the organisation. */
export const findStopsIn = (row: StopRow, span: Span) => {
  // Without a reading, the span may have no offset periods.
  if (row.newest === null) return { stops: [], reasons: parseReasons(row.reasons) }
  const { stops, reasons, findReason } = parseStops(row, span)
  const inside = stops.filter(({ from }) => from >= span.from && from < span.to)
  return { stops: inside.map((stop) => ({ stop, reason: findReason(stop) })), reasons }
}

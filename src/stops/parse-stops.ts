import { parseOffsetPeriods } from '../local-time/offset-periods.ts'
import { LONGEST_SHIFT } from '../queries/shifts.ts'
import type { StopRow, TimelineRow } from '../queries/shifts.ts'
import { invalidQueryParam } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import type { SpanAnnotation } from '../queries/stop-annotations.ts'
import { findOccurrences } from '../schedule/shift-occurrences.ts'
import type { Span } from '../schedule/shift-occurrences.ts'
import { parsePlannedTime } from '../schedule/stored-schedule.ts'
import { DEFAULT_STOP_AFTER_SECONDS } from '../schemas/factory-settings.ts'
import { annotateStops } from './annotate-stops.ts'
import type { Timeline } from './annotate-stops.ts'
import { deriveStops } from './derive-stops.ts'
import { findOverlapping } from './planned-time.ts'
import { parseReasons } from './reasons.ts'
import type { Reasons } from './reasons.ts'
import { parseStateSpans } from './state-spans.ts'
import type { Stop } from './stop.ts'

/** The stops of a factory with their reasons, and the data from which they follow. */
interface ParsedStops extends Timeline {
  stops: Stop[]
  reasons: Reasons
}

/** Returns a span that contains every shift with a part in a span. Each shift that adjoins one of those has a part in it. */
const addLongestShift = ({ from, to }: Span): Span => ({ from: from - LONGEST_SHIFT, to: to + LONGEST_SHIFT })

/**
 * Checks a number of changes of state. A preset range of 30 days has fewer than the limit, whatever the readings are.
 * @throws Problem `malformed-request` if a response needs more
 */
export const assertFewChanges = (changes: number): void => {
  if (changes > LIMITS.stateChanges)
    throw invalidQueryParam('to', `More than ${formatNumber(LIMITS.stateChanges)} changes of state. Send a shorter range.`)
}

/**
 * Parses a row. Returns the states, and the shifts of a span and of the time around it.
 * @throws Problem `malformed-request` for too many states
 */
export const parseTimeline = (row: TimelineRow, span: Span): Timeline => {
  const newest = row.newest ?? Number.MIN_SAFE_INTEGER
  const states = parseStateSpans(row.states, newest)
  assertFewChanges(states.length)
  // Without a reading, the span up to the newest one has no offset periods.
  const periods = parseOffsetPeriods(row.offsetPeriods)
  const shifts = periods.length === 0 ? [] : findOccurrences(parsePlannedTime(row.schedule), periods, addLongestShift(span))
  return { states, shifts, newest }
}

/** Returns the stops of the shifts of a timeline. Stops that follow from states are complete within a span only. */
const listStops = (row: TimelineRow, timeline: Timeline, within: Span): Stop[] => {
  const states = findOverlapping(timeline.states, within)
  const derived = deriveStops(states, timeline.shifts, row.stopAfterSeconds ?? DEFAULT_STOP_AFTER_SECONDS)
  const annotations = (JSON.parse(row.annotations) as SpanAnnotation[]).toSorted((a, b) => a.from - b.from)
  return annotateStops(derived, annotations, timeline)
}

/** Parses a row. Returns the shifts and the stops of a span and of the time around it. */
export const parseStops = (row: StopRow, span: Span): ParsedStops => {
  const timeline = parseTimeline(row, span)
  return { ...timeline, stops: listStops(row, timeline, addLongestShift(span)), reasons: parseReasons(row.reasons) }
}

/** Returns the stops of a row that begin in a span, of which it has the timeline. */
export const findStopsIn = (row: TimelineRow, span: Span, timeline = parseTimeline(row, span)): Stop[] =>
  listStops(row, timeline, span).filter(({ from }) => from >= span.from && from < span.to)

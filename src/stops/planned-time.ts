import { plannedSeconds } from '../schedule/shift-occurrences.ts'
import type { ShiftOccurrence, Span } from '../schedule/shift-occurrences.ts'

/** Returns the part of a span that lies in another one; undefined if they do not overlap. */
export const intersect = (a: Span, b: Span): Span | undefined => {
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)]
  return from < to ? { from, to } : undefined
}

/** Returns the index of the first item that meets a condition, which every item after it meets too. It halves the list. */
const findFirst = <Item>(items: readonly Item[], isMet: (item: Item) => boolean): number => {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (isMet(items[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

/** Returns the spans that overlap a span. They are in order of time and do not overlap each other, so it does not read the others. */
export const findOverlapping = <Each extends Span>(spans: readonly Each[], { from, to }: Span): Each[] =>
  spans.slice(
    findFirst(spans, (span) => span.to > from),
    findFirst(spans, (span) => span.from >= to),
  )

/** True if a span overlaps one of others. They are in order of time and do not overlap each other. */
const overlapsAny = (others: readonly Span[], { from, to }: Span): boolean => {
  const next = others[findFirst(others, (other) => other.to > from)]
  return next !== undefined && next.from < to
}

/** Returns the parts of spans in a span. The spans are in order of time and do not overlap. */
export const intersectAll = (spans: readonly Span[], within: Span): Span[] =>
  findOverlapping(spans, within).flatMap((span) => intersect(span, within) ?? [])

/**
 * Returns the parts of a span that no other span contains: the span itself if none overlaps it. The others are in order of time and do
 * not overlap each other.
 */
export const subtract = (span: Span, others: readonly Span[]): Span[] => {
  if (!overlapsAny(others, span)) return span.from < span.to ? [span] : []
  const inside = intersectAll(others, span)
  const starts = [span.from, ...inside.map(({ to }) => to)]
  const ends = [...inside.map(({ from }) => from), span.to]
  return starts.flatMap((from, index) => (from < ends[index]! ? [{ from, to: ends[index]! }] : []))
}

/** A part of a shift that begins and ends in planned time. A break may lie inside. */
export interface PlannedPart extends Span {
  /** Seconds without breaks. */
  planned_seconds: number
  shift: ShiftOccurrence
}

/** Returns the part of a span in a shift. A break at its start or end is cut off. Undefined if no second of it is planned. */
export const clipToPlanned = (span: Span, shift: ShiftOccurrence): PlannedPart | undefined => {
  const inside = intersect(span, shift)
  if (!inside) return undefined
  const { from, to } = inside
  if (!overlapsAny(shift.breaks, inside)) return { from, to, planned_seconds: to - from, shift }
  const working = subtract(inside, shift.breaks)
  if (working.length === 0) return undefined
  const clipped = { from: working[0]!.from, to: working.at(-1)!.to }
  return { ...clipped, planned_seconds: plannedSeconds(shift.breaks, clipped), shift }
}

/** Returns the planned seconds of parts. */
export const totalSeconds = (parts: readonly PlannedPart[]): number => parts.reduce((seconds, part) => seconds + part.planned_seconds, 0)

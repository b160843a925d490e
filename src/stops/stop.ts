import type { PlannedPart } from './planned-time.ts'

/** An annotation: a reason for the time from `start` to `until`. Without `until` it is open. */
export interface Annotation {
  id: number
  /** Unix seconds. */
  start: number
  until: number | null
  reason: string
  note: string | null
  /** True if the interval is a stop by itself, whatever the readings say. */
  manual: boolean
}

/** A stop, or the part of it that one annotation covers, in one planned span. */
export interface Stop extends PlannedPart {
  /** True if it reaches the newest reading, so that its end is unknown. */
  isOpen: boolean
  annotation: Annotation | null
}

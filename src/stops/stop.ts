import type { SpanAnnotation } from '../queries/stop-annotations.ts'
import type { PlannedPart } from './planned-time.ts'

/** A stop, or the part of it that one annotation covers, in one shift. */
export interface Stop extends PlannedPart {
  /** True if it reaches the newest reading, so that its end is unknown. */
  isOpen: boolean
  annotation: SpanAnnotation | null
}

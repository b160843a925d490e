import type { FieldError } from '../errors.ts'
import type { PlannedShift } from './planned-shifts.ts'

/** Returns an error for each break that is not inside its shift, or that overlaps an earlier break. */
export const findBreakErrors = ({ breaks, end, pointer }: PlannedShift): FieldError[] =>
  breaks.flatMap((each, index) => {
    const at = `${pointer}/breaks/${index}`
    if (each.start >= end || each.end > end)
      return [{ pointer: at, detail: 'Not inside its shift. Send times between start and end of the shift.' }]
    const other = breaks.findIndex((before, position) => position < index && before.start < each.end && each.start < before.end)
    if (other === -1) return []
    return [{ pointer: at, detail: `Overlaps ${pointer}/breaks/${other}. Send one break for both, or other times.` }]
  })

import type { Sums } from '../chunks/sums.ts'
import { pickSums } from '../queries/points.ts'
import type { Figures } from '../schemas/reading-fields.ts'

/** A total of the API over `[from, to)` in Unix seconds; null without readings. */
export interface Total extends Figures, Pick<Sums, 'readings' | 'goal_readings'> {
  from: number | null
  to: number | null
  /** Actual minus goal of the readings that have a goal: negative if production is behind. */
  gap: number | null
  attainment: number | null
}

/** Returns the total of sums over a span. */
export const toTotal = (from: number | null, to: number | null, sums: Sums): Total => {
  const { goal, compared, readings, goal_readings } = sums
  const isComparable = compared !== null && goal !== null
  return {
    from,
    to,
    ...pickSums(sums),
    gap: isComparable ? compared - goal : null,
    attainment: isComparable && goal > 0 ? compared / goal : null,
    readings,
    goal_readings,
  }
}

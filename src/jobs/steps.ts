import type { Isolate } from '../runtime/isolate.ts'
import { hasOperationsFor } from '../runtime/operation-budget.ts'

/** The bounds of a job that works in steps. */
interface StepLimits {
  /** Maximum number of steps in one cron run. The rest waits for the next run. */
  steps: number
  /** Maximum number of statements of one step. */
  queries: number
  /** True if the first step always runs. `RESERVED` keeps operations for it. */
  isFirstReserved?: boolean
}

/**
 * Runs a step again and again while the limits and the operations of the run allow it. Returns the number of steps that did
 * something.
 * @param runStep returns false if nothing was left to do
 */
export const runSteps = async (
  isolate: Isolate,
  { steps, queries, isFirstReserved = false }: StepLimits,
  runStep: () => Promise<boolean>,
): Promise<number> => {
  for (let done = 0; done < steps; done++) {
    const isAllowed = (isFirstReserved && done === 0) || hasOperationsFor(isolate, queries)
    if (!isAllowed || !(await runStep())) return done
  }
  return steps
}

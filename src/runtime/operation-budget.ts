import type { Isolate } from './isolate.ts'

/** What one invocation of the Worker has sent so far. The platform limits both kinds, each by itself. */
export interface Usage {
  /** Statements sent to D1, each of a batch counted, whether answered yet or not. */
  begun: number
  kvReads: number
  kvWrites: number
}

/** Operations that a job of cron leaves to the jobs after it: the statements that they send where there is nothing to do. */
const RESERVED = 16

/**
 * Returns how many operations of either kind the invocation may still begin; never below 0.
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
export const remainingOperations = ({ config, usage }: Isolate): number =>
  Math.max(0, config.maxOperations - Math.max(usage.begun, usage.kvReads + usage.kvWrites))

/** Returns how many operations a job may begin, with some left for the jobs after it. */
export const remainingOperationsForJob = (isolate: Isolate): number => Math.max(0, remainingOperations(isolate) - RESERVED)

/** True if a job may begin a step of so many operations. What does not fit is left for the next tick. */
export const hasOperationsFor = (isolate: Isolate, operations: number): boolean => remainingOperationsForJob(isolate) >= operations

import type { Config } from './config.ts'

/** The operations that one invocation of the Worker has begun. The platform limits D1 and KV separately. */
export interface Usage {
  /** Statements sent to D1, finished or not. Each statement of a batch counts. */
  begun: number
  kvReads: number
  kvWrites: number
}

/** The isolate of an invocation, as far as its operations are limited. */
interface LimitedIsolate {
  readonly config: Config
  readonly usage: Usage
}

/** Operations that a cron job leaves to the jobs after it: the statements that they send if they have nothing to do. */
const RESERVED = 16

/**
 * Returns the number of operations of either kind that the invocation may still begin; never below 0.
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
export const remainingOperations = ({ config, usage }: LimitedIsolate): number =>
  Math.max(0, config.maxOperations - Math.max(usage.begun, usage.kvReads + usage.kvWrites))

/** Returns the number of operations that a cron job may begin. `RESERVED` are left for the jobs after it. */
export const remainingOperationsForJob = (isolate: LimitedIsolate): number => Math.max(0, remainingOperations(isolate) - RESERVED)

/** True if a cron job may begin a step of `operations`. A step that does not fit waits for the next cron run. */
export const hasOperationsFor = (isolate: LimitedIsolate, operations: number): boolean => remainingOperationsForJob(isolate) >= operations

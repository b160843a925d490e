import { requests } from './lifetime.ts'
import type { Life } from './lifetime.ts'

/**
 * Statements of D1, or operations of KV, that the paid plan allows per invocation.
 * https://developers.cloudflare.com/workers/platform/limits/
 */
const PAID_PLAN = 1_000

/**
 * Counts the operations of each invocation on a binding, and fails like the platform beyond the limit. An invocation is
 * one request or one cron run, with all the work that it keeps alive.
 */
export class InvocationLimit {
  readonly #sent = new WeakMap<Life, number>()
  /** Operations that one invocation may send. */
  limit = PAID_PLAN
  /** The highest count of any invocation so far. */
  most = 0

  spend(count: number): void {
    const invocation = requests.getStore()
    if (!invocation) return
    const sent = (this.#sent.get(invocation) ?? 0) + count
    this.#sent.set(invocation, sent)
    this.most = Math.max(this.most, sent)
    if (sent > this.limit) throw new Error('Too many API requests by single worker invocation.')
  }
}

import type { Isolate } from '../isolate.ts'
import { remember } from '../remember.ts'
import { Problem } from '../errors.ts'
import { logError } from '../log.ts'
import { POLICIES } from './policies.ts'

/** An address over its allowance is barred for the length of the policy's window. */
const BARRED_MS = POLICIES['failed-keys'].seconds * 1000

/**
 * Where a request comes from, for limits. Of an IPv6 address the first half alone: the other half is the client's to choose,
 * and would give it as many allowances as it likes.
 */
export const addressOf = ({ headers }: Request): string => {
  const address = headers.get('CF-Connecting-IP') ?? ''
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.toLowerCase().split('::')
  const before = head ? head.split(':') : []
  const missing = address.includes('::') ? 8 - before.length - (tail ? tail.split(':').length : 0) : 0
  return [...before, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...(tail ? tail.split(':') : [])]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

/**
 * Refuses an address that has sent too many keys that are none, before anything is looked up for it.
 * @throws Problem `too-many-requests`
 */
export const refuseBarred = (isolate: Isolate, address: string): void => {
  const left = (isolate.memory.barred.get(address) ?? 0) - isolate.clock.now()
  if (left <= 0) return
  throw new Problem('too-many-requests', 'Too many keys that are not valid came from this address; mend the key and wait.', {
    headers: { 'Retry-After': String(Math.ceil(left / 1000)) },
  })
}

/** Counts a bad key against its address. A limiter cannot be asked without spending, so that it is over is remembered. */
export const countFailure = async (isolate: Isolate, address: string): Promise<void> => {
  const { success } = await isolate.failedKeyLimit.limit({ key: address }).catch((error: unknown) => {
    logError(isolate, 'rate limiter failed:', error)
    return { success: true }
  })
  if (!success) remember(isolate.memory.barred, address, isolate.clock.now() + BARRED_MS)
}

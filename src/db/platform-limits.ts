import type { Isolate } from '../runtime/isolate.ts'
import { getState } from '../runtime/state.ts'
import { Problem } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { anyBegins } from '../runtime/error-text.ts'

/** A limit of the platform. A call that meets it is rejected before it changes anything, so its outcome is known. */
interface PlatformLimit {
  code: Extract<ErrorCode, 'quota-exceeded' | 'database-full'>
  /** Matches the beginning of an error message of this limit. */
  text: RegExp
  /** Text for the client: the exceeded limit and the remedy. */
  detail: string
}

const daily = (text: RegExp, cause: string): PlatformLimit => ({
  code: 'quota-exceeded',
  text,
  detail: `${cause} Nothing was changed. Retry after midnight UTC, or ask the operator to choose a larger plan.`,
})

const full = (text: RegExp, cause: string): PlatformLimit => ({
  code: 'database-full',
  text,
  detail: `${cause} Nothing was stored. Ask the operator to delete data or to choose a larger plan.`,
})

/**
 * Every limit of D1 and KV that a call can meet, by its name.
 * https://developers.cloudflare.com/d1/observability/debug-d1/ and https://developers.cloudflare.com/kv/platform/limits/
 */
export const PLATFORM_LIMITS = {
  'rows-read': daily(
    /^(your account has )?exceeded .{0,60}\brow read limit/i,
    'The database has read as many rows as its plan allows in a day.',
  ),
  'rows-written': daily(
    /^(your account has )?exceeded .{0,60}\brow write limit/i,
    'The database has written as many rows as its plan allows in a day; reads still work.',
  ),
  'kv-operations': daily(
    /^KV .{0,60}limit exceeded for the day|^your account has reached the free usage limit/i,
    'The cache has carried out as many operations as its plan allows in a day.',
  ),
  'database-size': full(
    /^(exceeded maximum (db|database) size|database or disk is full|SQLITE_FULL)/i,
    'The database is as large as its plan allows.',
  ),
  'account-storage': full(
    /^(your account has )?exceeded .{0,60}\baccount storage limit/i,
    'The databases of this account are together as large as its plan allows.',
  ),
} as const satisfies Record<string, PlatformLimit>

export type PlatformLimitName = keyof typeof PLATFORM_LIMITS
const NAMES = Object.keys(PLATFORM_LIMITS) as PlatformLimitName[]

/** Time for which a limit counts as exceeded after a call met it. It exceeds two cron runs, whose writes meet the limit again. */
const REMEMBER_MS = 150_000
const DAY_MS = 86_400_000

/** Limits of the platform that calls have met, with the time until which they count as exceeded. */
const createExceeded = () => new Map<PlatformLimitName, number>()

/** Returns the limit that an error reports, or undefined for any other error. */
export const findPlatformLimit = (error: unknown): PlatformLimitName | undefined =>
  NAMES.find((name) => anyBegins(error, PLATFORM_LIMITS[name].text))

/** Remembers the limit that an error reports, for `/ready` of this isolate. */
export const recordPlatformLimit = (isolate: Isolate, error: unknown): void => {
  const name = findPlatformLimit(error)
  if (name) getState(isolate, createExceeded).set(name, isolate.clock.now() + REMEMBER_MS)
}

/** Returns the limits that calls of this isolate have met within `REMEMBER_MS`. */
export const activePlatformLimits = (isolate: Isolate): PlatformLimitName[] => {
  const exceeded = getState(isolate, createExceeded)
  return NAMES.filter((name) => (exceeded.get(name) ?? 0) > isolate.clock.now())
}

/** Returns the problem for a limit. `Retry-After` of a daily limit is the time until midnight UTC. */
export const platformLimitProblem = (name: PlatformLimitName, now: number): Problem => {
  const { code, detail } = PLATFORM_LIMITS[name]
  const untilMidnight = Math.ceil((DAY_MS - (now % DAY_MS)) / 1000)
  return new Problem(code, detail, code === 'quota-exceeded' ? { headers: { 'Retry-After': String(untilMidnight) } } : {})
}

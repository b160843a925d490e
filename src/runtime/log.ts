import { errorMessages } from './error-text.ts'
import type { Isolate } from './isolate.ts'
import { getState } from './state.ts'
import { redactKeys } from '../schemas/redaction.ts'

/** Maximum number of lines of one kind that an isolate writes per minute, because the log is billed by the line. */
export const LINES_PER_MINUTE = 100
const MINUTE_MS = 60_000

/** Kinds of log lines of which a client can cause any number. */
export type LogKind = 'rejections' | 'failures' | 'errors' | 'warnings'

/** The number of lines of one kind that an isolate has written or left out in the current minute. */
interface Window {
  until: number
  written: number
  leftOut: number
}

const createWindows = () => new Map<LogKind, Window>()

/**
 * Counts a log line of a kind. Returns undefined if the line must be left out. Otherwise returns the members that the line
 * adds: the number of lines that were left out before it, if it is not 0.
 */
export const admitLine = (isolate: Isolate, kind: LogKind): { left_out?: number } | undefined => {
  const windows = getState(isolate, createWindows)
  const now = isolate.clock.now()
  const window = windows.get(kind)
  if (window && window.until > now) {
    if (window.written++ < LINES_PER_MINUTE) return {}
    window.leftOut++
    return undefined
  }
  windows.set(kind, { until: now + MINUTE_MS, written: 1, leftOut: 0 })
  return window?.leftOut ? { left_out: window.leftOut } : {}
}

const write = (isolate: Isolate, kind: 'errors' | 'warnings', print: typeof console.error, message: string, error: unknown) => {
  const suffix = admitLine(isolate, kind)
  if (!suffix) return
  const leftOut = suffix.left_out === undefined ? [] : [`(${suffix.left_out} lines before this one were left out)`]
  print(message, redactKeys(errorMessages(error)), ...leftOut)
}

/** Logs an error that is not reported to a client. */
export const logError = (isolate: Isolate, message: string, error: unknown): void => write(isolate, 'errors', console.error, message, error)

/** Logs a failure that has no effect, because the work is repeated later. */
export const logWarning = (isolate: Isolate, message: string, error: unknown): void =>
  write(isolate, 'warnings', console.warn, message, error)

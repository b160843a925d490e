import { errorMessages } from './error-text.ts'
import type { Isolate } from './isolate.ts'
import { redactKeys } from '../schemas/redaction.ts'

/** Lines of one kind that an isolate writes in a minute: enough to see what goes wrong, and the log costs money by the line. */
export const LINES_PER_MINUTE = 100
const MINUTE_MS = 60_000

/** Kinds of lines that a client can cause without bound. */
export type LogKind = 'refusals' | 'failures' | 'errors' | 'warnings'

/**
 * Counts a line of a kind.
 * @returns undefined for a line to leave out; else what the line adds: how many lines were left out before it, if any were
 */
export const admitLine = ({ memory, clock }: Isolate, kind: LogKind): { left_out?: number } | undefined => {
  const now = clock.now()
  const window = memory.logWindows.get(kind)
  if (window && window.until > now) {
    if (window.written++ < LINES_PER_MINUTE) return {}
    window.leftOut++
    return undefined
  }
  memory.logWindows.set(kind, { until: now + MINUTE_MS, written: 1, leftOut: 0 })
  return window?.leftOut ? { left_out: window.leftOut } : {}
}

const write = (isolate: Isolate, kind: 'errors' | 'warnings', print: typeof console.error, what: string, error: unknown) => {
  const admitted = admitLine(isolate, kind)
  if (!admitted) return
  const leftOut = admitted.left_out === undefined ? [] : [`(${admitted.left_out} lines before this one were left out)`]
  print(what, redactKeys(errorMessages(error)), ...leftOut)
}

/** Logs an error that nobody is answered with. */
export const logError = (isolate: Isolate, what: string, error: unknown): void => write(isolate, 'errors', console.error, what, error)

/** Logs a failure that does no harm, because the work is done again later. */
export const logWarning = (isolate: Isolate, what: string, error: unknown): void => write(isolate, 'warnings', console.warn, what, error)

/** Interval of the check of the parent process. */
const CHECK_MS = 500

/**
 * Returns a signal that is aborted when this process should stop: by Ctrl-C, by a signal, or when its parent has exited. npm passes
 * signals only to the shell in which it runs a script, and that shell exits without passing them on.
 */
export const waitForShutdown = (): AbortSignal => {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && controller.abort(), CHECK_MS).unref()
  return controller.signal
}

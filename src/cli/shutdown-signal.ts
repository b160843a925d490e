/** How often the parent is looked at. */
const LOOK_MS = 500

/**
 * Is aborted when this command is told to end: by Ctrl-C, by a signal, or by the end of the shell that npm runs it in. npm
 * passes a signal on to that shell alone, which dies of it and tells nobody.
 */
export const waitForShutdown = (): AbortSignal => {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort())
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && controller.abort(), LOOK_MS).unref()
  return controller.signal
}

/** Polls the API: less often while the tab is hidden, and with growing pauses while the server does not respond. */

const INTERVAL_MS = 15_000
const HIDDEN_INTERVAL_MS = 300_000
const FIRST_RETRY_MS = 5_000
const MAX_RETRY_MS = 120_000
/** A refresh that takes longer has failed, such as on a connection that is lost without notice. */
const TIMEOUT_MS = 120_000
/** Data that was not confirmed for this time is old. */
const OLD_MS = 60_000

/** The freshness of the page: when its data was last confirmed, and the error that prevents a refresh. */
export interface FreshnessState {
  confirmedAt: number | undefined
  old: boolean
  offline: boolean
  error: Error | undefined
}

/**
 * Starts to poll, until the signal is aborted.
 * @param refresh requests all data of the page and shows it
 * @param report gets the freshness after each attempt and at every interval
 */
export const startPolling = (
  refresh: (signal: AbortSignal) => Promise<void>,
  report: (state: FreshnessState) => void,
  signal: AbortSignal,
) => {
  let confirmedAt: number | undefined
  let error: Error | undefined
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined
  let isRepeatRequested = false

  const notify = () =>
    report({
      confirmedAt,
      error,
      offline: !navigator.onLine,
      old: confirmedAt === undefined ? error !== undefined : Date.now() - confirmedAt > OLD_MS,
    })

  const computePause = () => {
    if (failures > 0) return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
    return document.hidden ? HIDDEN_INTERVAL_MS : INTERVAL_MS
  }

  const attempt = async (attemptController: AbortController) => {
    let failure: Error | undefined
    try {
      await refresh(AbortSignal.any([signal, attemptController.signal, AbortSignal.timeout(TIMEOUT_MS)]))
    } catch (thrown) {
      failure = thrown as Error
    }
    // A newer attempt has replaced this one.
    if (running !== attemptController) return
    running = undefined
    if (signal.aborted) return
    error = failure
    if (failure) failures += 1
    else {
      confirmedAt = Date.now()
      failures = 0
    }
    notify()
    if (isRepeatRequested) {
      isRepeatRequested = false
      refreshNow()
    } else if (navigator.onLine) timer = setTimeout(refreshNow, computePause())
  }

  /** Refreshes now. If a refresh is running, another one follows it. */
  const refreshNow = (): void => {
    if (signal.aborted) return
    clearTimeout(timer)
    if (running) isRepeatRequested = true
    else {
      running = new AbortController()
      void attempt(running)
    }
  }

  const notifyTimer = setInterval(notify, INTERVAL_MS)
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    clearInterval(notifyTimer)
  })
  document.addEventListener('visibilitychange', () => !document.hidden && refreshNow(), { signal })
  addEventListener('online', refreshNow, { signal })
  addEventListener('offline', notify, { signal })
  // Resets the banner of the previous view.
  notify()
  refreshNow()
  return {
    refreshNow,
    /** Aborts the current refresh and starts again, after the page has changed its view. */
    restart() {
      running?.abort()
      running = undefined
      isRepeatRequested = false
      confirmedAt = undefined
      error = undefined
      notify()
      refreshNow()
    },
  }
}

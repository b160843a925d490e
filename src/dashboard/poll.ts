/** Asks again and again: rarely where nobody looks, more and more rarely where nobody answers. */

const EVERY_MS = 15_000
const HIDDEN_EVERY_MS = 300_000
const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 120_000
/** What has not been confirmed for so long is said to be old. */
const OLD_MS = 60_000

/** How things stand: when what is shown was last known to be true, and what keeps it from being so now. */
export interface FreshnessState {
  confirmedAt: number | undefined
  old: boolean
  offline: boolean
  error: Error | undefined
}

/**
 * Refreshes until the signal ends it.
 * @param refresh asks for everything that is shown, and shows it
 * @param report is told how things stand, after each attempt and as time passes
 */
export const startPolling = (
  refresh: (signal: AbortSignal) => Promise<void>,
  report: (standing: FreshnessState) => void,
  signal: AbortSignal,
) => {
  let confirmedAt: number | undefined
  let error: Error | undefined
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | undefined
  let again = false

  const tell = () =>
    report({
      confirmedAt,
      error,
      offline: !navigator.onLine,
      old: confirmedAt === undefined ? error !== undefined : Date.now() - confirmedAt > OLD_MS,
    })

  const pause = () => {
    if (failures > 0) return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
    return document.hidden ? HIDDEN_EVERY_MS : EVERY_MS
  }

  const attempt = async (mine: AbortController) => {
    let failure: Error | undefined
    try {
      await refresh(AbortSignal.any([signal, mine.signal]))
    } catch (caught) {
      failure = caught as Error
    }
    // What was overtaken is no news.
    if (running !== mine) return
    running = undefined
    if (signal.aborted) return
    error = failure
    if (failure) failures += 1
    else {
      confirmedAt = Date.now()
      failures = 0
    }
    tell()
    if (again) {
      again = false
      now()
    } else if (navigator.onLine) timer = setTimeout(now, pause())
  }

  /** Asks now; while asking, once more afterwards. */
  const now = (): void => {
    if (signal.aborted) return
    clearTimeout(timer)
    if (running) again = true
    else {
      running = new AbortController()
      void attempt(running)
    }
  }

  const ticking = setInterval(tell, EVERY_MS)
  signal.addEventListener('abort', () => {
    clearTimeout(timer)
    clearInterval(ticking)
  })
  document.addEventListener('visibilitychange', () => !document.hidden && now(), { signal })
  addEventListener('online', now, { signal })
  addEventListener('offline', tell, { signal })
  // What the last view was is no news of this one.
  tell()
  now()
  return {
    now,
    /** Asks now for something else: what is being asked for is not wanted any more, and nothing is known yet. */
    anew() {
      running?.abort()
      running = undefined
      again = false
      confirmedAt = undefined
      error = undefined
      tell()
      now()
    },
  }
}

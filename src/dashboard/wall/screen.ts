/** Keeps an unattended screen on, and its picture moving. */

const TICK_MS = 5_000
/** A longer pause between two ticks means that the machine slept. */
const SLEEP_MS = 30_000
const SHIFT_MS = 60_000
/** The picture moves along a small circle, so that no edge stays on the same pixels for hours. */
const SHIFT_STEPS = 12

/** Requests a wake lock whenever the page is visible. The browser releases it when the page is hidden. */
const keepAwake = (signal: AbortSignal): void => {
  let lock: WakeLockSentinel | undefined
  const request = () => {
    if (document.hidden || (lock && !lock.released) || !('wakeLock' in navigator)) return
    // Refused on a low battery and without https. The operating system then decides.
    navigator.wakeLock.request('screen').then(
      (granted) => {
        lock = granted
        if (signal.aborted) void granted.release()
      },
      () => {},
    )
  }
  request()
  document.addEventListener('visibilitychange', request, { signal })
  // The lock is also lost while the machine sleeps.
  const timer = setInterval(request, SHIFT_MS)
  signal.addEventListener('abort', () => {
    clearInterval(timer)
    void lock?.release()
  })
}

/** Moves an element by up to 0.25 % of the screen once a minute. */
const moveSlowly = (element: HTMLElement, signal: AbortSignal): void => {
  let step = 0
  const timer = setInterval(() => {
    step = (step + 1) % SHIFT_STEPS
    const angle = (2 * Math.PI * step) / SHIFT_STEPS
    element.style.setProperty('--shift-x', Math.cos(angle).toFixed(3))
    element.style.setProperty('--shift-y', Math.sin(angle).toFixed(3))
  }, SHIFT_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
}

/** Calls back when the machine has slept. Timers do not run during sleep. In a hidden page they run once a minute, which is no sleep. */
const watchForSleep = (wake: () => void, signal: AbortSignal): void => {
  let lastTick = Date.now()
  const timer = setInterval(() => {
    const slept = Date.now() - lastTick > SLEEP_MS
    lastTick = Date.now()
    if (slept && !document.hidden) wake()
  }, TICK_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
}

/**
 * Prepares a screen that has no reader at hand.
 * @param wake called after sleep, to refresh at once
 */
export const attendScreen = (element: HTMLElement, wake: () => void, signal: AbortSignal): void => {
  keepAwake(signal)
  moveSlowly(element, signal)
  watchForSleep(wake, signal)
}

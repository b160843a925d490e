import { afterEach, expect, test, vi } from 'vitest'
import { startPolling } from '../../../../src/dashboard/api/poll.ts'
import type { FreshnessState } from '../../../../src/dashboard/api/poll.ts'

// Promise: polling continues after a request that never ends.

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('startPolling reports a refresh that exceeds its timeout as failed', async () => {
  vi.stubGlobal('document', { hidden: false, addEventListener() {} })
  vi.stubGlobal('addEventListener', () => {})
  vi.stubGlobal('navigator', { onLine: true })
  const timeout = new AbortController()
  const createTimeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timeout.signal)
  const states: FreshnessState[] = []
  const end = new AbortController()
  const never = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  startPolling(never, (state) => states.push(state), end.signal)
  timeout.abort(new DOMException('Too late', 'TimeoutError'))
  await expect.poll(() => states.at(-1)?.error?.name).toBe('TimeoutError')
  expect(createTimeout).toHaveBeenCalledWith(120_000)
  end.abort()
})

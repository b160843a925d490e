const drains = new Set<() => Promise<void>>()

/** Adds a function that waits for the background work of one harness. */
export const addDrain = (drain: () => Promise<void>): void => void drains.add(drain)

/** Waits for the background work of all harnesses since the last call. */
export const drainAll = async (): Promise<void> => {
  for (const drain of drains) await drain()
  drains.clear()
}

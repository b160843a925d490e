/** A map with a limit for the total size of its values, such as payloads in memory. */
export interface SizedMap<Value> {
  /** The oldest entry is first. */
  readonly entries: Map<string, Value>
  bytes: number
  readonly maxBytes: number
  readonly sizeOf: (value: Value) => number
}

/**
 * Creates an empty map.
 * @param sizeOf returns the size of a value in bytes. A stored value must not change its size
 */
export const createSizedMap = <Value>(maxBytes: number, sizeOf: (value: Value) => number): SizedMap<Value> => ({
  entries: new Map(),
  bytes: 0,
  maxBytes,
  sizeOf,
})

const deleteSized = <Value>(map: SizedMap<Value>, key: string): void => {
  const value = map.entries.get(key)
  if (value === undefined) return
  map.entries.delete(key)
  map.bytes -= map.sizeOf(value)
}

/** Sets an entry as the newest. Deletes the oldest ones above the limit. A value larger than the limit is not stored. */
export const setSized = <Value>(map: SizedMap<Value>, key: string, value: Value): void => {
  const bytes = map.sizeOf(value)
  if (bytes > map.maxBytes) return
  deleteSized(map, key)
  map.entries.set(key, value)
  map.bytes += bytes
  for (const oldest of map.entries.keys()) {
    if (map.bytes <= map.maxBytes) break
    deleteSized(map, oldest)
  }
}

/** Default maximum number of entries of a map: at a few hundred bytes each, a small part of the 128 MB of an isolate. */
const MAX_ENTRIES = 10_000

/** Sets an entry as the newest of a map. Deletes the oldest entry if the map then has more than `maxEntries`. */
export const setBounded = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value, maxEntries = MAX_ENTRIES): void => {
  map.delete(key)
  map.set(key, value)
  if (map.size > maxEntries) map.delete(map.keys().next().value!)
}

/** Deletes the entries whose end is reached, the oldest first. All entries last equally long, so the first one that lasts ends the search. */
export const deleteExpired = <Key>(map: Map<Key, { until: number }>, now: number): void => {
  for (const [key, { until }] of map) {
    if (until > now) return
    map.delete(key)
  }
}

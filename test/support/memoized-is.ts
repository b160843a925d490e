import { registerHooks } from 'node:module'

const FILE = '/drizzle-orm/entity.js'
const HEAD = 'function is(value, type) {'
/** Remembers the result for each class and type: it depends on nothing else. */
const MEMOIZED = `const results = new Map();
function is(value, type) {
  if (!value || typeof value !== 'object') return false;
  const made = Object.getPrototypeOf(value)?.constructor;
  if (!made) return isKind(value, type);
  let known = results.get(type);
  if (!known) results.set(type, (known = new Map()));
  let result = known.get(made);
  if (result === undefined) known.set(made, (result = isKind(value, type)));
  return result;
}
function isKind(value, type) {`

/**
 * Loads Drizzle with a memoized `is`. Drizzle calls it for every part of every statement and climbs the class chain each
 * time, which takes a twelfth of a run. Call this before any module that imports Drizzle is loaded.
 */
export const memoizeIs = (): void => {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.endsWith(FILE)) return loaded
      const source = loaded.source ? new TextDecoder().decode(loaded.source as Uint8Array) : ''
      if (!source.includes(HEAD)) throw new Error(`${url} has no "${HEAD}"`)
      return { ...loaded, source: source.replace(HEAD, MEMOIZED) }
    },
  })
}

import { renderDocument } from '../../src/cache/assemble.ts'
import { findDocument } from '../../src/documents/registry.ts'
import { kvKey } from '../../src/documents/path.ts'
import { openSession } from '../../src/db/client.ts'
import { createIsolate } from '../../src/runtime/isolate.ts'
import type { Env } from '../../src/runtime/env.ts'
import type { EntryMetadata } from '../../src/cache/kv-store.ts'
import type { EntryRow } from './entry-row.ts'

/** An entry whose lease ends within this time is deleted by a write, not published. */
const ENDING_MS = 60_000

const keysOf = async (kv: KVNamespace): Promise<string[]> => {
  const names: string[] = []
  for (let cursor: string | undefined, done = false; !done;) {
    const page: KVNamespaceListResult<unknown> = await kv.list(cursor === undefined ? {} : { cursor })
    names.push(...page.keys.map(({ name }) => name))
    done = page.list_complete
    cursor = page.list_complete ? undefined : page.cursor
  }
  return names
}

/**
 * Returns every fault of the cache while no work is under way: entries that are missing, stale, claimed, without a row,
 * or different from a fresh rendering.
 */
export const findStaleEntries = async (env: Env): Promise<string[]> => {
  const isolate = createIsolate(env)
  const { results } = await env.DB.prepare('select * from cache_entries').all<EntryRow>()
  const known = new Set(results.map(({ path, version }) => kvKey(path, version)))
  const found = (await keysOf(env.CACHE)).filter((name) => !known.has(name)).map((name) => `${name} has no row`)
  for (const { path, version, leased_until, stale_seq, published_seq, claimed_by } of results) {
    if (leased_until <= Date.now() + ENDING_MS) continue
    if (stale_seq > published_seq) found.push(`${path} is stale`)
    if (claimed_by !== null) found.push(`${path} is claimed`)
    const key = findDocument(path)
    const fresh = key && (await renderDocument(openSession(isolate, 'first-primary'), key))
    const { value, metadata } = await env.CACHE.getWithMetadata<EntryMetadata>(kvKey(path, version), { type: 'text' })
    if (value !== (fresh ? new TextDecoder().decode(fresh.body) : null))
      found.push(`${path} ${value === null ? 'is missing' : 'differs from a fresh rendering'}`)
    if (value !== null && metadata?.etag !== fresh?.etag) found.push(`${path} has another entity tag`)
  }
  return found
}

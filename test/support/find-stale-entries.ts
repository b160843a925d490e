import { renderDocument } from '../../src/cache/assemble.ts'
import { findDocument } from '../../src/documents/registry.ts'
import { kvKey } from '../../src/documents/path.ts'
import { openSession } from '../../src/db/client.ts'
import { createIsolate } from '../../src/runtime/isolate.ts'
import type { Env } from '../../src/runtime/env.ts'
import type { EntryMetadata } from '../../src/runtime/isolate.ts'
import type { Copy } from './entry-row.ts'

/** A copy whose lease ends so soon is purged, not kept up. */
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

/** What is not as it should be with bindings that work, once all is quiet: copies that are no fresh assembly, are missing, dirty, claimed, or have no row. */
export const incoherencesOf = async (env: Env): Promise<string[]> => {
  const isolate = createIsolate(env)
  const { results } = await env.DB.prepare('select * from copies').all<Copy>()
  const known = new Set(results.map(({ path, version }) => kvKey(path, version)))
  const found = (await keysOf(env.CACHE)).filter((key) => !known.has(key)).map((key) => `${key} has no row`)
  for (const { path, version, leased_until, stale_seq, published_seq, claimed_by } of results) {
    if (leased_until <= Date.now() + ENDING_MS) continue
    if (stale_seq > published_seq) found.push(`${path} is dirty`)
    if (claimed_by !== null) found.push(`${path} is claimed`)
    const wanted = findDocument(path)
    const fresh = wanted && (await renderDocument(openSession(isolate, 'first-primary'), wanted))
    const { value, metadata } = await env.CACHE.getWithMetadata<EntryMetadata>(kvKey(path, version), { type: 'text' })
    if (value !== (fresh ? new TextDecoder().decode(fresh.body) : null))
      found.push(`${path} ${value === null ? 'is missing' : 'is no fresh assembly'}`)
    if (value !== null && metadata?.etag !== fresh?.etag) found.push(`${path} has another tag`)
  }
  return found
}

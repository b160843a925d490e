import type { Isolate } from '../isolate.ts'
import { isOverloaded, isUnavailable, openSession } from '../db/client.ts'
import type { Session } from '../db/client.ts'
import { admit, persist } from '../db/persist.ts'
import { assembleDocument } from './assemble.ts'
import type { Wanted } from './assemble.ts'
import { selectCopy } from './copies.ts'
import { getEntry } from './entry.ts'
import type { Label } from './entry.ts'
import { join } from './join.ts'
import { offerLease, renewBelow } from './lease.ts'
import { findOwnCommit } from './own.ts'
import { PAYLOAD_VERSION, pathOf } from './paths.ts'

/** What a read answers with, and how it came about (Cache-Status, RFC 9211). */
export interface Served {
  body: Uint8Array | ArrayBuffer
  etag: string
  status: CacheStatus
}
export type CacheStatus = 'kv; hit' | 'kv; hit; detail=unchecked' | 'kv; fwd=miss' | 'kv; fwd=stale; detail=bookmark' | 'kv; fwd=bypass'

type WaitUntil = (work: Promise<unknown>) => void

/** How long a replica is given to reach a bookmark before the primary is asked, which a forged bookmark would wait for in vain. */
const REPLICA_LIMIT_MS = 1_000
/** How long the database is given otherwise: an answer later than that helps nobody. */
const DATABASE_LIMIT_MS = 10_000
/** Copies proven good that an isolate remembers. */
const PROVEN_REMEMBERED = 10_000

/** Serves a document: from KV if the copy there is new enough, else from D1. Undefined where there is nothing. */
export const readDocument = async (
  isolate: Isolate,
  waitUntil: WaitUntil,
  wanted: Wanted,
  bookmark?: string,
): Promise<Served | undefined> => {
  const path = pathOf(wanted.organisation, wanted.document.route, wanted.params)
  const own = findOwnCommit(isolate, path)
  const found = await getEntry(isolate, path)
  if (found.entry) {
    const { body, label } = found.entry
    const hit = { body, etag: label.etag }
    const least = later(bookmark, own && own.seq > label.seq ? own.bookmark : undefined)
    try {
      if (least === undefined || least <= label.bookmark || (await isProven(isolate, label, least))) {
        if (label.leasedUntil < renewBelow(isolate)) waitUntil(offerLease(isolate, path))
        return { ...hit, status: 'kv; hit' }
      }
      const fresh = await askDatabase(isolate, least, (session) => assembleDocument(session, wanted))
      return fresh ? { ...fresh, status: 'kv; fwd=stale; detail=bookmark' } : undefined
    } catch (error) {
      // A promise made with a bookmark is kept or the request refused; that an isolate minds its own commits is more than was promised.
      if (later(bookmark, label.bookmark) !== label.bookmark || !isUnavailable(error)) throw error
      return { ...hit, status: 'kv; hit; detail=unchecked' }
    }
  }
  const start = later(bookmark, own?.bookmark)
  const fresh = await join(isolate, waitUntil, `${start ?? ''} ${path}`, () =>
    askDatabase(isolate, start, (session) => assembleDocument(session, wanted)),
  )
  if (!fresh) return undefined
  if (!found.failed) waitUntil(offerLease(isolate, path))
  return { ...fresh, status: found.failed ? 'kv; fwd=bypass' : 'kv; fwd=miss' }
}

/** The later of two bookmarks: they sort as text. */
const later = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b > a) ? b : a)

/**
 * Asks the database what at least the bookmark knows, or the nearest replica without one. A replica that does not get there
 * in time is given up for the primary. What fails in passing is asked again.
 */
export const askDatabase = <T>(isolate: Isolate, bookmark: string | undefined, question: (session: Session) => Promise<T>): Promise<T> => {
  const ask = (start: string, limitMs: number) =>
    isolate.clock.within(
      limitMs,
      persist(isolate, () => question(openSession(isolate, start))),
    )
  return admit(isolate, async () => {
    if (bookmark === undefined) return ask('first-unconstrained', DATABASE_LIMIT_MS)
    try {
      return await ask(bookmark, REPLICA_LIMIT_MS)
    } catch (error) {
      if (isOverloaded(error) || !isUnavailable(error)) throw error
      return ask('first-primary', DATABASE_LIMIT_MS)
    }
  })
}

/**
 * Whether a copy with an older label is good as of a bookmark: one point read of its row there. It is if nothing is pending
 * and these are the bytes, or if no commit since its label touched it.
 */
const isProven = async (isolate: Isolate, label: Label, bookmark: string): Promise<boolean> => {
  const { proven } = isolate.memory
  const known = proven.get(label.path)
  // Only the very same bookmark counts: a forged one from the future must not vouch for what comes before it.
  if (known?.etag === label.etag && known.bookmark === bookmark) return true
  const [row] = await askDatabase(isolate, bookmark, async ({ db }) => selectCopy(db, label.path, PAYLOAD_VERSION, isolate.clock.now()))
  const good = row !== undefined && ((row.stale <= row.published && row.etag === label.etag) || row.stale <= label.seq)
  if (good) {
    if (proven.size >= PROVEN_REMEMBERED) proven.clear()
    proven.set(label.path, { etag: label.etag, bookmark })
  }
  return good
}

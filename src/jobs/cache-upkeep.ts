import type { Isolate } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { RowsOf } from '../db/client.ts'
import { selectEpoch } from '../queries/cache-epochs.ts'
import { selectOrganisation } from '../queries/identities.ts'
import { remainingOperationsForJob } from '../runtime/operation-budget.ts'
import { claimStaleEntries, markStale, deleteExpiredRows, deleteLatePuts, addToBacklog, selectDirectoryPage } from '../cache/backlog.ts'
import type { EntryKey } from '../cache/backlog.ts'
import { factoriesDocument } from '../documents/factories.ts'
import { sprocketsDocument } from '../documents/sprockets.ts'
import { deleteEntry } from '../cache/kv-store.ts'
import type { EntryMetadata } from '../cache/kv-store.ts'
import { advanceEpoch } from '../cache/epoch.ts'
import { lease } from '../cache/lease.ts'
import { kvKey, parseKvKey, buildPath } from '../documents/path.ts'
import { maxClaimsFor, publish } from '../cache/publish.ts'

/** Entries that one cron run claims, if its operations suffice. The others wait for the next run or for their readers. */
const MAX_PUBLISHED = 600
/** Expired rows that one cron run deletes. */
const MAX_DELETED_ROWS = 5_000
/** Pages of 1,000 keys that one reconcile lists. Keys beyond them are not compared. */
const MAX_LIST_PAGES = 100
/** Rows of the cache directory that one statement reads. */
const PAGE_ROWS = 5_000
/** Rows that one reconcile marks as stale, and adds to the backlog, because D1 limits a value to 2 MB. The others wait for the next. */
const MAX_MARKED_ROWS = 5_000
/** Time after a confirmed put when the list of KV must show it. Before, a location may still show the entry before. */
const SETTLED_MS = 90_000
/** Time limit for a page of the list, so that a hanging call does not block the other jobs of the run. */
const LIST_LIMIT_MS = 20_000
/** Entries that one reconcile deletes, because the platform limits the calls of an invocation. The others wait for the next. */
const MAX_DELETED_ENTRIES = 200

/** Publishes entries that are stale and unclaimed, after an interrupted commit or a failed put. Returns their number. */
export const publishStale = async (isolate: Isolate): Promise<number> => {
  const publisherId = crypto.randomUUID()
  const now = isolate.clock.now()
  const session = openSession(isolate, 'first-primary')
  const limit = Math.min(MAX_PUBLISHED, maxClaimsFor(remainingOperationsForJob(isolate) - 2))
  const staleBefore = now - isolate.config.deferMs
  const [[latest], claims] = await session.batch([
    selectEpoch(session.db),
    claimStaleEntries(session.db, { now, staleBefore, limit }, publisherId),
  ])
  // An isolate that does not know the epoch would take all entries for those of another release, and delete them.
  advanceEpoch(isolate, latest!.epoch)
  await publish(isolate, claims, publisherId, now).done
  return claims.length
}

/** Leases the first list pages of the public organisation, because new visitors see those first. Returns the number of claims. */
export const keepPublicListsLeased = async (isolate: Isolate): Promise<number> => {
  // The free plan allows few entries; they are reserved for paths that clients read.
  if (isolate.config.deferMs > 0) return 0
  const moment = { now: isolate.clock.now(), before: 0 }
  const [row] = await selectOrganisation(openSession(isolate, 'first-primary').db, isolate.config.publicOrganisation, moment)
  if (!row) return 0
  advanceEpoch(isolate, row.epoch)
  return lease(
    isolate,
    [factoriesDocument, sprocketsDocument].map((document) => buildPath(row.organisationPk, document, {})),
  )
}

/** Deletes rows of entries that KV has expired, and returns their number. */
export const deleteExpired = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const now = isolate.clock.now()
  const [deleted] = await session.batch([deleteExpiredRows(session.db, now, MAX_DELETED_ROWS), deleteLatePuts(session.db, now)])
  return deleted.length
}

/**
 * Compares the list of KV with the cache directory. A settled entry that is missing in KV or has another entity tag becomes
 * stale, so `publishStale` puts it again. An entry without a row is deleted. Reconcile repairs errors that no other job
 * handles, such as the late put of a terminated isolate.
 */
export const reconcile = async (isolate: Isolate): Promise<{ differing: number; unknown: number }> => {
  const session = openSession(isolate, 'first-primary')
  const settledBefore = isolate.clock.now() - SETTLED_MS
  const { listed, end } = await listAll(isolate)
  const rows = await readDirectory(isolate)
  const now = isolate.clock.now()
  const differing = rows.filter(({ path, version, etag, settledAt }) => {
    const key = kvKey(path, version)
    const isListed = end === undefined || key <= end
    return isListed && settledAt !== null && settledAt <= settledBefore && listed.get(key)?.etag !== etag
  })
  const outsideBacklog = rows.filter(({ isOutsideBacklog }) => isOutsideBacklog)
  if (differing.length || outsideBacklog.length) {
    const marked = differing.slice(0, MAX_MARKED_ROWS).map(({ path, version, etag }) => ({ path, version, etag }))
    const added = outsideBacklog.slice(0, MAX_MARKED_ROWS).map(({ path, version }) => ({ path, version }))
    await session.batch([markStale(session.db, marked, now), addToBacklog(session.db, added, now)])
  }
  const known = new Set(rows.map(({ path, version }) => kvKey(path, version)))
  const unknown = [...listed.keys()]
    .filter((key) => !known.has(key))
    .flatMap((key) => parseKvKey(key) ?? [])
    .slice(0, Math.min(MAX_DELETED_ENTRIES, Math.floor(remainingOperationsForJob(isolate) / 2)))
  await Promise.all(unknown.map((entry) => deleteEntry(isolate, entry)))
  return { differing: differing.length, unknown: unknown.length }
}

const readDirectory = async (isolate: Isolate) => {
  const session = openSession(isolate, 'first-primary')
  const found: RowsOf<ReturnType<typeof selectDirectoryPage>> = []
  for (let after: EntryKey = { path: '', version: 0 }; ;) {
    const [rows] = await session.batch([selectDirectoryPage(session.db, after, PAGE_ROWS, isolate.clock.now())])
    found.push(...rows)
    if (rows.length < PAGE_ROWS) return found
    after = rows.at(-1)!
  }
}

/** The listed keys with their entry metadata, in the order of keys. */
interface Listing {
  listed: Map<string, Partial<EntryMetadata> | undefined>
  /** The last listed key, or undefined if the list is complete. */
  end: string | undefined
}

/** Lists the keys in KV: all of them, or `MAX_LIST_PAGES`. */
const listAll = async (isolate: Isolate): Promise<Listing> => {
  const listed: Listing['listed'] = new Map()
  let [cursor, end]: (string | undefined)[] = []
  for (let page = 0; page < MAX_LIST_PAGES; page++) {
    const found: KVNamespaceListResult<Partial<EntryMetadata>> = await isolate.clock.withTimeout(
      LIST_LIMIT_MS,
      isolate.kv.list<Partial<EntryMetadata>>(cursor === undefined ? {} : { cursor }),
    )
    for (const { name, metadata } of found.keys) listed.set((end = name), metadata)
    if (found.list_complete) return { listed, end: undefined }
    cursor = found.cursor
  }
  return { listed, end }
}

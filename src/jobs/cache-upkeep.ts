import type { Isolate, EntryMetadata } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { RowsOf } from '../db/client.ts'
import { selectEpoch } from '../queries/epochs.ts'
import { selectOrganisation } from '../queries/identities.ts'
import { remainingOperationsForJob } from '../runtime/operation-budget.ts'
import { claimStaleEntries, markStale, deleteExpiredRows, deleteLatePuts, addToBacklog, selectDirectoryPage } from '../cache/backlog.ts'
import type { EntryKey } from '../cache/backlog.ts'
import { factoriesDocument, sprocketsDocument } from '../documents/registry.ts'
import { deleteEntry } from '../cache/kv-store.ts'
import { advanceEpoch } from '../cache/epoch.ts'
import { lease } from '../cache/lease.ts'
import { kvKey, parseKvKey, buildPath } from '../documents/path.ts'
import { maxClaimsFor, publish } from '../cache/publish.ts'

/** Copies that one tick takes on, if the invocation has room for them; the rest waits for the next, or for its readers. */
const PUBLISH_MOST = 600
/** Rows that one tick forgets. */
const DROP_MOST = 5_000
/** Pages of 1,000 keys that one reconcile lists: what is beyond them is not compared. */
const LIST_PAGES_MOST = 100
/** Rows of the directory that one statement reads. */
const ROWS_AT_ONCE = 5_000
/** A row this long clean, in ms, is no longer news to any location of KV: what is listed must agree with it. */
const SETTLED_MS = 90_000
/** KV is given so long for a page of its list; a tick that waits for ever does nothing else either. */
const LIST_LIMIT_MS = 20_000
/** Entries deleted in one reconcile, for one invocation may make a limited number of calls; the rest waits for the next. */
const DELETE_MOST = 200

/** Publishes every dirty copy that nobody holds: what a commit that died, or a put that failed, left behind. */
export const publishStale = async (isolate: Isolate): Promise<number> => {
  const holder = crypto.randomUUID()
  const now = isolate.clock.now()
  const session = openSession(isolate, 'first-primary')
  const limit = Math.min(PUBLISH_MOST, maxClaimsFor(remainingOperationsForJob(isolate) - 1))
  const before = now - isolate.config.deferMs
  const [claims] = await session.batch([claimStaleEntries(session.db, { now, before, limit }, holder)])
  await publish(isolate, claims, holder, now).done
  return claims.length
}

/** Keeps the pages leased that a newcomer sees first: those of the public organisation's lists. */
export const keepPublicListsLeased = async (isolate: Isolate): Promise<number> => {
  // The few copies that the free plan allows are for what is read.
  if (isolate.config.deferMs > 0) return 0
  const moment = { now: isolate.clock.now(), before: 0 }
  const [row] = await selectOrganisation(openSession(isolate, 'first-primary').db, isolate.config.publicOrganisation, moment)
  if (!row) return 0
  return lease(
    isolate,
    [factoriesDocument, sprocketsDocument].map(({ route }) => buildPath(row.organisation, route, {})),
  )
}

/** Forgets rows of copies that KV has dropped by itself; answers how many. As the first job of a tick it learns the epoch. */
export const deleteExpired = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const now = isolate.clock.now()
  const [[latest], dropped] = await session.batch([
    selectEpoch(session.db),
    deleteExpiredRows(session.db, now, DROP_MOST),
    deleteLatePuts(session.db, now),
  ])
  advanceEpoch(isolate, latest!.epoch)
  return dropped.length
}

/**
 * Compares what KV lists with the directory. A settled copy that is missing or has another tag turns dirty, and the next
 * tick puts it; an entry that no row knows is deleted. It ends what nobody foresaw, such as the late put of a dead isolate.
 */
export const reconcile = async (isolate: Isolate): Promise<{ differing: number; unknown: number }> => {
  const session = openSession(isolate, 'first-primary')
  const settled = isolate.clock.now() - SETTLED_MS
  const { listed, end } = await listAll(isolate)
  const rows = await readDirectory(isolate)
  const now = isolate.clock.now()
  const wrong = rows.filter(({ path, version, etag, settledAt }) => {
    const key = kvKey(path, version)
    const isListed = end === undefined || key <= end
    return isListed && settledAt !== null && settledAt <= settled && listed.get(key)?.etag !== etag
  })
  const unlisted = rows.filter(({ isUnlisted }) => isUnlisted)
  if (wrong.length || unlisted.length) await session.batch([markStale(session.db, wrong, now), addToBacklog(session.db, unlisted, now)])
  const known = new Set(rows.map(({ path, version }) => kvKey(path, version)))
  const strays = [...listed.keys()]
    .filter((key) => !known.has(key))
    .flatMap((key) => parseKvKey(key) ?? [])
    .slice(0, Math.min(DELETE_MOST, Math.floor(remainingOperationsForJob(isolate) / 2)))
  await Promise.all(strays.map((stray) => deleteEntry(isolate, stray)))
  return { differing: wrong.length, unknown: strays.length }
}

/** Every row of the directory. */
const readDirectory = async (isolate: Isolate) => {
  const session = openSession(isolate, 'first-primary')
  const found: RowsOf<ReturnType<typeof selectDirectoryPage>> = []
  for (let after: EntryKey = { path: '', version: 0 }; ;) {
    const [rows] = await session.batch([selectDirectoryPage(session.db, after, ROWS_AT_ONCE, isolate.clock.now())])
    found.push(...rows)
    if (rows.length < ROWS_AT_ONCE) return found
    after = rows.at(-1)!
  }
}

/** Keys of ours with their labels, in the order of keys. */
interface Listing {
  listed: Map<string, Partial<EntryMetadata> | undefined>
  /** The last key that was listed; undefined where all were. */
  end: string | undefined
}

/** Lists the keys of ours: all of them, or as many as one reconcile may list. */
const listAll = async (isolate: Isolate): Promise<Listing> => {
  const listed: Listing['listed'] = new Map()
  let [cursor, end]: (string | undefined)[] = []
  for (let page = 0; page < LIST_PAGES_MOST; page++) {
    const found: KVNamespaceListResult<Partial<EntryMetadata>> = await isolate.clock.withTimeout(
      LIST_LIMIT_MS,
      isolate.kv.list<Partial<EntryMetadata>>(cursor === undefined ? {} : { cursor }),
    )
    for (const { name, metadata } of found.keys) listed.set((end = name), metadata ?? undefined)
    if (found.list_complete) return { listed, end: undefined }
    cursor = found.cursor
  }
  return { listed, end }
}

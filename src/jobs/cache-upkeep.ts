import type { Isolate, Label } from '../runtime/isolate.ts'
import { openSession } from '../db/client.ts'
import type { RowsOf } from '../db/client.ts'
import { selectEpoch } from '../queries/epochs.ts'
import { selectOrganisation } from '../queries/identities.ts'
import { operationsForJob } from '../runtime/operation-budget.ts'
import {
  claimDirtyStatement,
  dirtyStatement,
  dropStatement,
  forgetLateStatement,
  listStatement,
  selectPublished,
} from '../cache/backlog.ts'
import type { PlaceInDirectory } from '../cache/backlog.ts'
import { factoriesDocument, sprocketsDocument } from '../documents/registry.ts'
import { deleteEntry } from '../cache/kv-store.ts'
import { learnEpoch } from '../cache/epoch.ts'
import { lease } from '../cache/lease.ts'
import { keyOf, parseKey, pathOf } from '../documents/path.ts'
import { claimsWithin, publish } from '../cache/publish.ts'

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
export const publishDirty = async (isolate: Isolate): Promise<number> => {
  const holder = crypto.randomUUID()
  const now = isolate.clock.now()
  const session = openSession(isolate, 'first-primary')
  const limit = Math.min(PUBLISH_MOST, claimsWithin(operationsForJob(isolate) - 1))
  const before = now - isolate.settings.deferMs
  const [claims] = await session.batch([claimDirtyStatement(session.db, { now, before, limit }, holder)])
  await publish(isolate, claims, holder, now).done
  return claims.length
}

/** Keeps the pages leased that a newcomer sees first: those of the public organisation's lists. */
export const warm = async (isolate: Isolate): Promise<number> => {
  // The few copies that the free plan allows are for what is read.
  if (isolate.settings.deferMs > 0) return 0
  const moment = { now: isolate.clock.now(), before: 0 }
  const [row] = await selectOrganisation(openSession(isolate, 'first-primary').db, isolate.settings.publicOrganisation, moment)
  if (!row) return 0
  return lease(
    isolate,
    [factoriesDocument, sprocketsDocument].map(({ route }) => pathOf(row.organisation, route, {})),
  )
}

/** Forgets rows of copies that KV has dropped by itself; answers how many. As the first job of a tick it learns the epoch. */
export const dropLapsed = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const now = isolate.clock.now()
  const [[latest], dropped] = await session.batch([
    selectEpoch(session.db),
    dropStatement(session.db, now, DROP_MOST),
    forgetLateStatement(session.db, now),
  ])
  learnEpoch(isolate, latest!.epoch)
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
    const key = keyOf(path, version)
    const isListed = end === undefined || key <= end
    return isListed && settledAt !== null && settledAt <= settled && listed.get(key)?.etag !== etag
  })
  const unlisted = rows.filter(({ isUnlisted }) => isUnlisted)
  if (wrong.length || unlisted.length)
    await session.batch([dirtyStatement(session.db, wrong, now), listStatement(session.db, unlisted, now)])
  const known = new Set(rows.map(({ path, version }) => keyOf(path, version)))
  const strays = [...listed.keys()]
    .filter((key) => !known.has(key))
    .flatMap((key) => parseKey(key) ?? [])
    .slice(0, Math.min(DELETE_MOST, Math.floor(operationsForJob(isolate) / 2)))
  await Promise.all(strays.map((stray) => deleteEntry(isolate, stray)))
  return { differing: wrong.length, unknown: strays.length }
}

/** Every row of the directory. */
const readDirectory = async (isolate: Isolate) => {
  const session = openSession(isolate, 'first-primary')
  const found: RowsOf<ReturnType<typeof selectPublished>> = []
  for (let after: PlaceInDirectory = { path: '', version: 0 }; ;) {
    const [rows] = await session.batch([selectPublished(session.db, after, ROWS_AT_ONCE, isolate.clock.now())])
    found.push(...rows)
    if (rows.length < ROWS_AT_ONCE) return found
    after = rows.at(-1)!
  }
}

/** Keys of ours with their labels, in the order of keys. */
interface Listing {
  listed: Map<string, Partial<Label> | undefined>
  /** The last key that was listed; undefined where all were. */
  end: string | undefined
}

/** Lists the keys of ours: all of them, or as many as one reconcile may list. */
const listAll = async (isolate: Isolate): Promise<Listing> => {
  const listed: Listing['listed'] = new Map()
  let [cursor, end]: (string | undefined)[] = []
  for (let page = 0; page < LIST_PAGES_MOST; page++) {
    const found: KVNamespaceListResult<Partial<Label>> = await isolate.clock.within(
      LIST_LIMIT_MS,
      isolate.kv.list<Partial<Label>>(cursor === undefined ? {} : { cursor }),
    )
    for (const { name, metadata } of found.keys) listed.set((end = name), metadata ?? undefined)
    if (found.list_complete) return { listed, end: undefined }
    cursor = found.cursor
  }
  return { listed, end }
}

import type { Isolate, Label } from '../isolate.ts'
import { openSession } from '../db/client.ts'
import { selectEpoch } from '../queries/epochs.ts'
import { selectOrganisation } from '../queries/identities.ts'
import { claimDirtyStatement, dirtyStatement, dropStatement, selectPublished } from './copies.ts'
import { factoriesDocument, sprocketsDocument } from './documents.ts'
import { deleteEntry } from './entry.ts'
import { learnEpoch } from './epoch.ts'
import { lease } from './lease.ts'
import { keyOf, parseKey, pathOf } from './paths.ts'
import { publish } from './publish.ts'

/** Copies that one tick takes on. */
const PUBLISH_MOST = 400
/** A row this long clean, in ms, is no longer news to any location of KV: what is listed must agree with it. */
const SETTLED_MS = 90_000
/** KV is given so long for a page of its list; a tick that waits for ever does nothing else either. */
const LIST_LIMIT_MS = 20_000
/** Entries deleted in one reconcile, for one invocation may make a limited number of calls; the rest waits for the next. */
const DELETE_MOST = 500

/** Publishes every dirty copy that nobody holds: what a commit that died, or a put that failed, left behind. */
export const publishDirty = async (isolate: Isolate): Promise<number> => {
  const holder = crypto.randomUUID()
  const now = isolate.clock.now()
  const session = openSession(isolate, 'first-primary')
  const [claims, [latest]] = await session.batch([claimDirtyStatement(session.db, now, holder, PUBLISH_MOST), selectEpoch(session.db)])
  learnEpoch(isolate, latest!.epoch)
  await publish(isolate, claims, holder, now).done
  return claims.length
}

/** Keeps the pages leased that a newcomer sees first: those of the public organisation's lists. */
export const warm = async (isolate: Isolate): Promise<number> => {
  const [row] = await selectOrganisation(openSession(isolate, 'first-primary').db, isolate.settings.publicOrganisation)
  if (!row) return 0
  return lease(
    isolate,
    [factoriesDocument, sprocketsDocument].map(({ route }) => pathOf(row.organisation, route, {})),
  )
}

/** Forgets rows of copies that KV has dropped by itself; answers how many. */
export const dropLapsed = async (isolate: Isolate): Promise<number> => {
  const session = openSession(isolate, 'first-primary')
  const [dropped] = await session.batch([dropStatement(session.db, isolate.clock.now())])
  return dropped.length
}

/**
 * Compares what KV lists with the directory. A settled copy that is missing or has another tag turns dirty, and the next
 * tick puts it; an entry that no row knows is deleted. It ends what nobody foresaw, such as the late put of a dead isolate.
 */
export const reconcile = async (isolate: Isolate): Promise<{ differing: number; unknown: number }> => {
  const session = openSession(isolate, 'first-primary')
  const settled = isolate.clock.now() - SETTLED_MS
  const listed = await listAll(isolate)
  const now = isolate.clock.now()
  const [rows] = await session.batch([selectPublished(session.db, now)])
  const wrong = rows.filter(
    ({ path, version, etag, settledAt }) => settledAt !== null && settledAt <= settled && listed.get(keyOf(path, version))?.etag !== etag,
  )
  if (wrong.length) await session.batch([dirtyStatement(session.db, wrong, now)])
  const known = new Set(rows.map(({ path, version }) => keyOf(path, version)))
  const strays = [...listed.keys()]
    .filter((key) => !known.has(key))
    .flatMap((key) => parseKey(key) ?? [])
    .slice(0, DELETE_MOST)
  await Promise.all(strays.map((stray) => deleteEntry(isolate, stray)))
  return { differing: wrong.length, unknown: strays.length }
}

/** Every key of ours with its label. */
const listAll = async (isolate: Isolate): Promise<Map<string, Partial<Label> | undefined>> => {
  const found = new Map<string, Partial<Label> | undefined>()
  for (let cursor: string | undefined; ;) {
    const page: KVNamespaceListResult<Partial<Label>> = await isolate.clock.within(
      LIST_LIMIT_MS,
      isolate.kv.list<Partial<Label>>(cursor === undefined ? {} : { cursor }),
    )
    for (const { name, metadata } of page.keys) found.set(name, metadata ?? undefined)
    if (page.list_complete) return found
    cursor = page.cursor
  }
}

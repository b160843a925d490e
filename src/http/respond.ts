import type { Identity, Isolate } from '../runtime/isolate.ts'
import { toPayload } from '../cache/assemble.ts'
import type { Document } from '../documents/registry.ts'
import { buildPath } from '../documents/path.ts'
import type { Params } from '../documents/path.ts'
import { readDocument } from '../cache/read.ts'
import { queryDatabase } from '../db/query-database.ts'
import type { CacheStatus } from '../cache/read.ts'
import { parseETags } from '../commands/preconditions.ts'
import { commit, reloadResult } from '../commands/commit.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'
import type { Session } from '../db/client.ts'
import { LIGHT_ROWS } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { BOOKMARK_HEADER, RESOLUTION_HEADER } from '../middleware/common-headers.ts'
import { clientInfo } from '../middleware/client-info.ts'
import { forRequest, addTime, elapsed, measure } from '../middleware/request-metrics.ts'
import type { Role } from '../schemas/roles.ts'
import { parseConditions } from './conditions.ts'
import { notFound, idParam } from './path-params.ts'
import { setRecentResponse, responseKey, getRecentResponse } from './recent-responses.ts'
import { linkTo } from './range-params.ts'

export { LIGHT_ROWS }

const waitUntilOf = (c: AppContext) => (work: Promise<unknown>) => c.executionCtx.waitUntil(work)

/** Anyone may keep an answer to nobody in particular, and must ask whether it is still right. */
const setCaching = (c: AppContext, etag: string) => {
  c.header('ETag', etag)
  // Open routes know nobody; what they answer is everybody's.
  const identity = c.get('identity') as Identity | undefined
  c.header('Cache-Control', identity == null || identity.key === null ? 'no-cache' : 'private, no-cache')
}

/** True where If-None-Match names the present state (RFC 9110, section 13.1.2: weak comparison). */
const isKnown = (c: AppContext, etag: string): boolean => {
  const header = c.req.header('If-None-Match')
  return header !== undefined && (header.trim() === '*' || parseETags(header).includes(etag))
}

/** Sends bytes, JSON unless said otherwise, or 304 to who has them. */
export const sendPayload = (
  c: AppContext,
  { body, etag, status }: { body: Uint8Array | ArrayBuffer | undefined; etag: string; status?: CacheStatus },
  mediaType = 'application/json',
): Response => {
  setCaching(c, etag)
  if (status !== undefined) c.header('Cache-Status', status)
  return isKnown(c, etag) ? c.body(null, 304) : c.body(body as ArrayBuffer, 200, { 'Content-Type': mediaType })
}

/** Answers with a document; undefined where there is nothing. */
export const sendDocument = async (c: AppContext, isolate: Isolate, document: Document, params: Params): Promise<Response | undefined> => {
  const wanted = { document, organisation: c.get('identity').organisation, params }
  const meter = c.get('meter')
  const begun = isolate.clock.now()
  const asked = isolate.memory.kvLookups.get(c.req.raw)
  if (asked) {
    meter.kvReads++
    addTime(meter, 'kv', asked.ms)
  }
  const served = await readDocument(forRequest(c, isolate), waitUntilOf(c), wanted, {
    kvLookup: asked?.found,
    bookmark: c.get('bookmark'),
    isAnonymous: c.get('identity').key === null,
    hasETag: c.req.header('If-None-Match') === undefined ? undefined : (etag) => isKnown(c, etag),
  })
  if (served?.status === 'memory; hit') addTime(meter, 'memory', 0)
  if (served?.status === 'memory; hit' || served?.status === 'kv; hit') {
    isolate.memory.servedFrom.set(c.req.raw, { path: buildPath(wanted.organisation, document.route, params), route: c.get('route') })
  } else if (served?.status.includes('fwd=')) {
    const now = isolate.clock.now()
    addTime(meter, 'assemble', now - begun - (elapsed(meter, now).kv ?? 0))
  }
  const resolution = served && document.resolution?.(params)
  if (resolution !== undefined) c.header(RESOLUTION_HEADER, resolution)
  if (served?.previousPageEnd !== undefined) c.header('Link', linkTo(c, 'prev', { to: served.previousPageEnd }))
  return served && sendPayload(c, served, document.mediaType?.(params))
}

/**
 * Answers with a document of the resource whose id is in the path.
 * @throws Problem `not-found`
 */
export const sendDocumentOr404 = async (
  c: AppContext,
  isolate: Isolate,
  what: 'factory' | 'sprocket',
  document: Document,
  more: Params = {},
): Promise<Response> => {
  const id = idParam(c)
  const found = await sendDocument(c, isolate, document, { ...more, id })
  if (!found) throw notFound(what, id)
  return found
}

/**
 * Answers from the database with what is kept ready for nobody, or with what was answered to the same address within the last
 * seconds; undefined where there is nothing.
 * @param rows maximum number of rows that it reads
 * @param more `start` is the state to see at least, where that is not the client's to say
 */
export const sendFromDatabase = async (
  c: AppContext,
  isolate: Isolate,
  rows: number,
  read: (session: Session) => Promise<string | null>,
  { start = c.get('bookmark'), mediaType }: { start?: string | undefined; mediaType?: string } = {},
): Promise<Response | undefined> => {
  const name = start === undefined ? responseKey(c, mediaType) : undefined
  const recent = name === undefined ? undefined : getRecentResponse(isolate, c, name)
  if (recent) return sendPayload(c, { ...recent, status: 'memory; hit' }, mediaType)
  const commit = isolate.memory.commits.get(c.get('identity').organisation)
  const text = await measure(isolate, c.get('meter'), 'assemble', queryDatabase(forRequest(c, isolate), start, rows, read))
  if (text === null) return undefined
  const packed = await toPayload(text)
  if (name !== undefined) setRecentResponse(isolate, c, name, packed, commit)
  return sendPayload(c, { ...packed, status: 'kv; fwd=bypass' }, mediaType)
}

const keyOf = ({ key }: Identity, role: Role) => (key === null ? null : { number: key, role })

/** Asks the primary: what governs is to be seen as it is, by whoever governs. */
export const queryPrimary = <T>(c: AppContext, isolate: Isolate, read: (session: Session) => Promise<T>): Promise<T> => {
  c.header('Cache-Status', 'kv; fwd=bypass')
  return queryDatabase(forRequest(c, isolate), 'first-primary', LIGHT_ROWS, read)
}

/** Who writes, as the guards and the log want to know. */
export const actorOf = (c: AppContext): Actor => ({
  organisation: c.get('identity').organisation,
  key: keyOf(c.get('identity'), c.get('role')),
  requestId: c.get('requestId'),
  ...clientInfo(c.req.raw),
})

/** Commits a draft for the one who asked, under the conditions of the request, and gives the bookmark out. */
export const execute = async <Row>(c: AppContext, isolate: Isolate, draft: (author: Actor) => Mutation<Row>): Promise<Row | undefined> => {
  const author = actorOf(c)
  const conditions = parseConditions(c)
  const once = c.get('once')
  const counted = forRequest(c, isolate)
  const { row, bookmark, isLogged } =
    once?.earlier === undefined
      ? await commit(counted, waitUntilOf(c), author, draft(author), { conditions, idempotency: once })
      : await reloadResult(counted, draft(author), once.earlier)
  c.set('hasChanged', isLogged)
  c.header(BOOKMARK_HEADER, bookmark)
  c.header('Cache-Control', 'no-store')
  return row
}

/**
 * The same for a write that leaves something to show, and what that is.
 * @throws Problem `conflict` where it was carried out before the answer is made, for that one was lost, and somebody has removed it since
 */
export const executeAndReturn = async <Row>(...write: Parameters<typeof execute<Row>>): Promise<Row> => {
  const row = await execute(...write)
  if (row === undefined) throw new Problem('conflict', 'This request was carried out, and what it made is gone again.')
  return row
}

/**
 * Sends what a write answers, with the tag that GET gives to the same.
 * @param before where what GET gives goes on backwards
 */
export const sendRepresentation = async (c: AppContext, json: string, status: 200 | 201 = 200, before?: number): Promise<Response> => {
  const { body, etag } = await toPayload(json, before)
  c.header('ETag', etag)
  return c.body(body as Uint8Array<ArrayBuffer>, status, { 'Content-Type': 'application/json' })
}

import type { Identity, Isolate } from '../runtime/isolate.ts'
import { pack } from '../cache/assemble.ts'
import type { Document } from '../documents/registry.ts'
import { pathOf } from '../documents/path.ts'
import type { Params } from '../documents/path.ts'
import { askDatabase, readDocument } from '../cache/read.ts'
import type { CacheStatus } from '../cache/read.ts'
import { tagsOf } from '../commands/preconditions.ts'
import { recollect } from '../commands/reload-result.ts'
import { commit } from '../commands/commit.ts'
import type { Author, Draft } from '../commands/mutation.ts'
import type { Session } from '../db/client.ts'
import { LIGHT_ROWS } from '../db/retry.ts'
import { Problem } from '../errors.ts'
import type { RequestContext } from '../middleware/app-env.ts'
import { BOOKMARK_HEADER, RESOLUTION_HEADER } from '../middleware/common-headers.ts'
import { originOf } from '../middleware/client-info.ts'
import { countedFor, spend, spentUntil, timed } from '../middleware/request-metrics.ts'
import type { Role } from '../schemas/roles.ts'
import { conditionsOf } from './conditions.ts'
import { absent, idOf } from './path-params.ts'
import { keepAnswer, nameOf, recallAnswer } from './recent-responses.ts'
import { linkTo } from './range-params.ts'

export { LIGHT_ROWS }

const waitUntilOf = (c: RequestContext) => (work: Promise<unknown>) => c.executionCtx.waitUntil(work)

/** Anyone may keep an answer to nobody in particular, and must ask whether it is still right. */
const setCaching = (c: RequestContext, etag: string) => {
  c.header('ETag', etag)
  // Open routes know nobody; what they answer is everybody's.
  const identity = c.get('identity') as Identity | undefined
  c.header('Cache-Control', identity == null || identity.key === null ? 'no-cache' : 'private, no-cache')
}

/** True where If-None-Match names the present state (RFC 9110, section 13.1.2: weak comparison). */
const isKnown = (c: RequestContext, etag: string): boolean => {
  const header = c.req.header('If-None-Match')
  return header !== undefined && (header.trim() === '*' || tagsOf(header).includes(etag))
}

/** Sends bytes, JSON unless said otherwise, or 304 to who has them. */
export const send = (
  c: RequestContext,
  { body, etag, status }: { body: Uint8Array | ArrayBuffer | undefined; etag: string; status?: CacheStatus },
  mediaType = 'application/json',
): Response => {
  setCaching(c, etag)
  if (status !== undefined) c.header('Cache-Status', status)
  return isKnown(c, etag) ? c.body(null, 304) : c.body(body as ArrayBuffer, 200, { 'Content-Type': mediaType })
}

/** Answers with a document; undefined where there is nothing. */
export const answerDocument = async (
  c: RequestContext,
  isolate: Isolate,
  document: Document,
  params: Params,
): Promise<Response | undefined> => {
  const wanted = { document, organisation: c.get('identity').organisation, params }
  const meter = c.get('meter')
  const begun = isolate.clock.now()
  const asked = isolate.memory.asked.get(c.req.raw)
  if (asked) {
    meter.kvReads++
    spend(meter, 'kv', asked.ms)
  }
  const served = await readDocument(countedFor(c, isolate), waitUntilOf(c), wanted, {
    found: asked?.found,
    bookmark: c.get('bookmark'),
    isAnonymous: c.get('identity').key === null,
    isKnown: c.req.header('If-None-Match') === undefined ? undefined : (etag) => isKnown(c, etag),
  })
  if (served?.status === 'memory; hit') spend(meter, 'memory', 0)
  if (served?.status === 'memory; hit' || served?.status === 'kv; hit') {
    isolate.memory.servedFrom.set(c.req.raw, { path: pathOf(wanted.organisation, document.route, params), route: c.get('route') })
  } else if (served?.status.includes('fwd=')) {
    const now = isolate.clock.now()
    spend(meter, 'assemble', now - begun - (spentUntil(meter, now).kv ?? 0))
  }
  const resolution = served && document.resolution?.(params)
  if (resolution !== undefined) c.header(RESOLUTION_HEADER, resolution)
  if (served?.before !== undefined) c.header('Link', linkTo(c, 'prev', { to: served.before }))
  return served && send(c, served, document.mediaType?.(params))
}

/**
 * Answers with a document of the resource whose id is in the path.
 * @throws Problem `not-found`
 */
export const answerResource = async (
  c: RequestContext,
  isolate: Isolate,
  what: 'factory' | 'sprocket',
  document: Document,
  more: Params = {},
): Promise<Response> => {
  const id = idOf(c)
  const found = await answerDocument(c, isolate, document, { ...more, id })
  if (!found) throw absent(what, id)
  return found
}

/**
 * Answers from the database with what is kept ready for nobody, or with what was answered to the same address within the last
 * seconds; undefined where there is nothing.
 * @param rows maximum number of rows that it reads
 * @param more `start` is the state to see at least, where that is not the client's to say
 */
export const answerFromDatabase = async (
  c: RequestContext,
  isolate: Isolate,
  rows: number,
  read: (session: Session) => Promise<string | null>,
  { start = c.get('bookmark'), mediaType }: { start?: string | undefined; mediaType?: string } = {},
): Promise<Response | undefined> => {
  const name = start === undefined ? nameOf(c, mediaType) : undefined
  const recent = name === undefined ? undefined : recallAnswer(isolate, c, name)
  if (recent) return send(c, { ...recent, status: 'memory; hit' }, mediaType)
  const commit = isolate.memory.commits.get(c.get('identity').organisation)
  const text = await timed(isolate, c.get('meter'), 'assemble', askDatabase(countedFor(c, isolate), start, rows, read))
  if (text === null) return undefined
  const packed = await pack(text)
  if (name !== undefined) keepAnswer(isolate, c, name, packed, commit)
  return send(c, { ...packed, status: 'kv; fwd=bypass' }, mediaType)
}

const keyOf = ({ key }: Identity, role: Role) => (key === null ? null : { number: key, role })

/** Asks the primary: what governs is to be seen as it is, by whoever governs. */
export const askPrimary = <T>(c: RequestContext, isolate: Isolate, read: (session: Session) => Promise<T>): Promise<T> => {
  c.header('Cache-Status', 'kv; fwd=bypass')
  return askDatabase(countedFor(c, isolate), 'first-primary', LIGHT_ROWS, read)
}

/** Who writes, as the guards and the log want to know. */
export const authorOf = (c: RequestContext): Author => ({
  organisation: c.get('identity').organisation,
  key: keyOf(c.get('identity'), c.get('role')),
  requestId: c.get('requestId'),
  ...originOf(c.req.raw),
})

/** Commits a draft for the one who asked, under the conditions of the request, and gives the bookmark out. */
export const commitFor = async <Row>(
  c: RequestContext,
  isolate: Isolate,
  draft: (author: Author) => Draft<Row>,
): Promise<Row | undefined> => {
  const author = authorOf(c)
  const conditions = conditionsOf(c)
  const once = c.get('once')
  const counted = countedFor(c, isolate)
  const { row, bookmark, isLogged } =
    once?.earlier === undefined
      ? await commit(counted, waitUntilOf(c), author, draft(author), { conditions, once })
      : await recollect(counted, draft(author), once.earlier)
  c.set('hasChanged', isLogged)
  c.header(BOOKMARK_HEADER, bookmark)
  c.header('Cache-Control', 'no-store')
  return row
}

/**
 * The same for a write that leaves something to show, and what that is.
 * @throws Problem `conflict` where it was carried out before the answer is made, for that one was lost, and somebody has removed it since
 */
export const commitAndShow = async <Row>(...write: Parameters<typeof commitFor<Row>>): Promise<Row> => {
  const row = await commitFor(...write)
  if (row === undefined) throw new Problem('conflict', 'This request was carried out, and what it made is gone again.')
  return row
}

/**
 * Sends what a write answers, with the tag that GET gives to the same.
 * @param before where what GET gives goes on backwards
 */
export const sendRepresentation = async (c: RequestContext, json: string, status: 200 | 201 = 200, before?: number): Promise<Response> => {
  const { body, etag } = await pack(json, before)
  c.header('ETag', etag)
  return c.body(body as Uint8Array<ArrayBuffer>, status, { 'Content-Type': 'application/json' })
}

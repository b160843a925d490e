import type { Identity } from '../auth/identity-cache.ts'
import { toPayload } from '../cache/assemble.ts'
import type { Document, Page } from '../documents/document.ts'
import { buildPath } from '../documents/path.ts'
import { withoutDefaults } from '../documents/query-params.ts'
import type { Params } from '../documents/query-params.ts'
import { readDocument } from '../cache/read.ts'
import { countCommitsTo } from '../cache/recent-commits.ts'
import { queryDatabase } from '../db/query-database.ts'
import type { CacheStatus } from '../cache/read.ts'
import type { Session } from '../db/client.ts'
import { LIGHT_ROWS } from '../db/pending-queries.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { RESOLUTION_HEADER } from '../middleware/common-headers.ts'
import { addTime, elapsed, measure } from '../middleware/request-metrics.ts'
import { parseIfNoneMatch } from './conditions.ts'
import { notFound, parseId } from './path-params.ts'
import type { Resource } from './path-params.ts'
import { setRecentResponse, responseKey, getRecentResponse } from './recent-responses.ts'
import { buildLink } from './range-params.ts'

export { LIGHT_ROWS }

/** Sets ETag and Cache-Control. Shared caches may store responses to requests without a key, and must revalidate them. */
const setCaching = (c: AppContext, etag: string) => {
  c.header('ETag', etag)
  // Open routes set no identity, and their responses are public.
  const identity = c.get('identity') as Identity | undefined
  c.header('Cache-Control', identity == null || identity.keyPk === null ? 'no-cache' : 'private, no-cache')
}

const readIfNoneMatch = (c: AppContext) => parseIfNoneMatch(c.req.header('If-None-Match'))

/** Sends a payload, or 304 to a client that has it. */
export const sendPayload = (
  c: AppContext,
  { body, etag, status }: { body: Uint8Array | ArrayBuffer | undefined; etag: string; status?: CacheStatus },
  mediaType = 'application/json',
): Response => {
  setCaching(c, etag)
  if (status !== undefined) c.header('Cache-Status', status)
  return readIfNoneMatch(c)?.(etag) ? c.body(null, 304) : c.body(body as ArrayBuffer, 200, { 'Content-Type': mediaType })
}

/** Sends a cached document; undefined if its resource does not exist. */
export const sendDocument = async (c: AppContext, document: Document, sent: Params): Promise<Response | undefined> => {
  const params = withoutDefaults(document.query, sent)
  const key = { document, organisationPk: c.get('identity').organisationPk, params }
  const isolate = c.get('isolate')
  const metrics = isolate.usage
  const begun = isolate.clock.now()
  const { notes } = c.env
  const { kvLookup } = notes
  if (kvLookup) {
    metrics.kvReads++
    addTime(metrics, 'kv', kvLookup.ms)
  }
  const served = await readDocument(isolate, key, {
    kvLookup: kvLookup?.lookup,
    bookmark: c.get('bookmark'),
    isAnonymous: c.get('identity').keyPk === null,
    hasETag: readIfNoneMatch(c),
  })
  if (served?.status === 'memory; hit') addTime(metrics, 'memory', 0)
  if (served?.status === 'memory; hit' || served?.status === 'kv; hit') {
    notes.sent = { path: buildPath(key.organisationPk, document, params), etag: served.etag, route: document.path }
  } else if (served?.status.includes('fwd=')) {
    const now = isolate.clock.now()
    addTime(metrics, 'assemble', now - begun - (elapsed(metrics, now).kv ?? 0))
  }
  const resolution = served && document.resolution?.(params)
  if (resolution !== undefined) c.header(RESOLUTION_HEADER, resolution)
  if (served?.previousPageEnd !== undefined) c.header('Link', buildLink(c, 'prev', { to: served.previousPageEnd }))
  return served && sendPayload(c, served, document.mediaType?.(params))
}

/**
 * Sends the cached document of the resource whose id is in the path.
 * @throws Problem `not-found`
 */
export const sendDocumentOr404 = async (c: AppContext, document: Document, more: Params = {}): Promise<Response> => {
  const id = parseId(c)
  const response = await sendDocument(c, document, { ...more, id })
  if (!response) throw notFound(document.resource!, id)
  return response
}

/**
 * Sends a response that is not a cached document, from the database or from the recent responses; undefined if there is nothing.
 * @param rows maximum number of rows that `read` reads
 * @param options `start` is the bookmark that the session must have reached; default: the bookmark of the request
 */
export const sendFromDatabase = async (
  c: AppContext,
  rows: number,
  read: (session: Session) => Promise<string | null>,
  { start = c.get('bookmark'), mediaType }: { start?: string | undefined; mediaType?: string } = {},
): Promise<Response | undefined> => {
  const isolate = c.get('isolate')
  const name = start === undefined ? responseKey(c, mediaType) : undefined
  const recent = name === undefined ? undefined : getRecentResponse(c, name)
  if (recent) return sendPayload(c, { ...recent, status: 'memory; hit' }, mediaType)
  const commits = countCommitsTo(isolate, c.get('identity').organisationPk)
  const text = await measure(isolate, 'assemble', queryDatabase(isolate, start, rows, read))
  if (text === null) return undefined
  const payload = await toPayload(text)
  if (name !== undefined) setRecentResponse(c, name, payload, commits)
  return sendPayload(c, { ...payload, status: 'kv; fwd=bypass' }, mediaType)
}

/**
 * Sends a response about the resource whose id is in the path, as `sendFromDatabase` does.
 * @throws Problem `not-found` if there is nothing
 */
export const sendFromDatabaseOr404 = async (
  c: AppContext,
  resource: Resource,
  rows: number,
  read: (session: Session) => Promise<string | null>,
  options: { mediaType?: string } = {},
): Promise<Response> => {
  const response = await sendFromDatabase(c, rows, read, options)
  if (!response) throw notFound(resource, parseId(c))
  return response
}

/** Runs a query on the primary, because keys and the organisation must be shown in their current state. */
export const queryPrimary = <T>(c: AppContext, read: (session: Session) => Promise<T>): Promise<T> => {
  c.header('Cache-Status', 'kv; fwd=bypass')
  return queryDatabase(c.get('isolate'), 'first-primary', LIGHT_ROWS, read)
}

/** Sends the response of a write, with the ETag that GET would send. */
export const sendRepresentation = async (c: AppContext, rendered: string | Page, status: 200 | 201 = 200): Promise<Response> => {
  const { body, etag } = await toPayload(rendered)
  c.header('ETag', etag)
  return c.body(body as Uint8Array<ArrayBuffer>, status, { 'Content-Type': 'application/json' })
}

import { findRecord, saveResponse } from '../commands/idempotency.ts'
import type { IdempotencyRecord } from '../commands/idempotency.ts'
import { encrypt, decrypt } from '../commands/encryption.ts'
import { Problem } from '../errors.ts'
import { sha256 } from '../runtime/hash.ts'
import { logWarning } from '../runtime/log.ts'
import type { AppContext, Handler, Replay } from '../middleware/app-env.ts'
import { BOOKMARK_HEADER, REFUSED_COUNT_HEADER, REFUSED_LINES_HEADER, REPLAYED_HEADER } from '../middleware/common-headers.ts'
import { readBytes } from './decompress.ts'
import { parsePreferences } from './prefer.ts'
import { pickHeaders } from './stored-headers.ts'
import type { StoredHeaders } from './stored-headers.ts'

/** Headers of a response that are stored and replayed. */
const STORED_HEADERS = [
  'Content-Type',
  'Content-Location',
  'Location',
  'ETag',
  'Cache-Control',
  'Preference-Applied',
  REFUSED_COUNT_HEADER,
  REFUSED_LINES_HEADER,
  BOOKMARK_HEADER,
]

interface StoredResponse {
  status: number
  headers: StoredHeaders
  body: string
}

const encoder = new TextEncoder()

/** Parses a key: a quoted string of RFC 8941, as the draft says, or 1 to 255 bare characters, as most clients send it. */
const parseKey = (header: string): string => {
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/.exec(header.trim())?.[1]?.replaceAll(/\\(.)/g, '$1')
  const key = quoted ?? /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/.exec(header.trim())?.[0]
  if (key === undefined)
    throw new Problem('malformed-request', 'Idempotency-Key is not 1 to 255 visible ASCII characters. Send a UUID, for example.')
  return key
}

/** Returns the media type of a body for comparison: in lower case, without spaces, and without the default charset. */
const normalizeMediaType = (c: AppContext): string => {
  const parts = (c.req.header('Content-Type') ?? '').toLowerCase().split(';')
  const [type, ...parameters] = parts.map((part) => part.trim().replaceAll('"', ''))
  return [type, ...parameters.filter((parameter) => parameter !== '' && parameter !== 'charset=utf-8').toSorted()].join(';')
}

/** Headers that affect the effect or the response of a request, in addition to the parsed ones. */
const COMPARED = ['Accept', 'If-Match', 'If-None-Match', 'If-Unmodified-Since', 'Content-Range']

/** Hashes the parts of a request that affect its effect. The body is decompressed, because gzip of the same content differs. */
const fingerprint = async (c: AppContext, key: string): Promise<IdempotencyRecord> => {
  const { pathname, search } = new URL(c.req.url)
  const headers = COMPARED.map((name) => c.req.header(name)?.trim() ?? null)
  const parts = [pathname.replace(/\/$/, ''), search, normalizeMediaType(c), parsePreferences(c), ...headers]
  const head = encoder.encode(`${JSON.stringify(parts)}\n`)
  const body = await readBytes(c)
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return { keyPk: c.get('identity').keyPk!, keyHash: await sha256(key), requestHash: await sha256(whole) }
}

const isSame = (one: Uint8Array, other: Uint8Array) => one.length === other.length && one.every((byte, index) => byte === other[index])

const toStoredResponse = async (response: Response): Promise<StoredResponse> => ({
  status: response.status,
  headers: pickHeaders(response.headers, STORED_HEADERS),
  body: await response.text(),
})

/**
 * Wraps a handler so that it runs once per Idempotency-Key of an API key, and replays the first response
 * (draft-ietf-httpapi-idempotency-key-header-07). The batch of the commit inserts the idempotency record, so only one of two concurrent
 * requests succeeds. A lost response is built again from the result of the commit. A failed request has no record and may be retried.
 * Stored responses are encrypted with the API key of the client, because they may contain a secret.
 * @param secret true if the response contains a secret, so that it cannot be built again
 */
export const idempotent =
  (secret: boolean, handler: Handler): Handler =>
  async (c) => {
    const header = c.req.header('Idempotency-Key')
    if (header === undefined) return handler(c)
    const key = parseKey(header)
    const isolate = c.get('isolate')
    const requested = await fingerprint(c, key)
    const encryptionSecret = `${c.req.header('Authorization')}\n${key}`

    const replay = async ({ requestHash, commitId, response }: NonNullable<Awaited<ReturnType<typeof findRecord>>>): Promise<Replay> => {
      if (!isSame(requestHash, requested.requestHash))
        throw new Problem('idempotency-key-reused', 'This Idempotency-Key was used with a different request. Send a new key.')
      c.header(REPLAYED_HEADER, 'true')
      // Decryption fails if the client spelled its Authorization header differently. The response then counts as lost.
      const decrypted = response === null ? undefined : await decrypt(encryptionSecret, response).catch(() => undefined)
      if (decrypted !== undefined) {
        const { status, headers, body } = JSON.parse(decrypted) as StoredResponse
        for (const [name, value] of headers) c.header(name, value)
        return { response: status === 204 ? c.body(null, 204) : c.body(body, status as 200) }
      }
      if (secret)
        throw new Problem(
          'conflict',
          'The first request with this Idempotency-Key is in progress, or its response was lost. Retry after 1 s.',
          { headers: { 'Retry-After': '1' } },
        )
      return { commitId }
    }

    const found = await findRecord(isolate, requested)
    const earlier = found && (await replay(found))
    if (earlier && 'response' in earlier) return earlier.response
    c.set('idempotency', {
      record: requested,
      earlierCommit: earlier?.commitId,
      replay: async () => {
        const record = await findRecord(isolate, requested)
        // A restore of the database, or the end of its retention, has removed the record since the commit found it.
        if (!record)
          throw new Problem('unavailable', 'The first request with this Idempotency-Key was undone. Retry after 1 s.', {
            headers: { 'Retry-After': '1' },
          })
        return replay(record)
      },
    })
    const response = await handler(c)
    if (!c.get('storesResponse')) return response
    const saved = toStoredResponse(response.clone()).then(async (stored) =>
      saveResponse(isolate, requested, await encrypt(encryptionSecret, JSON.stringify(stored))),
    )
    isolate.request.waitUntil(saved.catch((error: unknown) => logWarning(isolate, 'response not stored:', error)))
    return response
  }

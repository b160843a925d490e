import type { Isolate } from '../runtime/isolate.ts'
import { AlreadyCommitted, findRecord, saveResponse } from '../commands/idempotency.ts'
import type { IdempotencyRecord } from '../commands/idempotency.ts'
import { sha256, encrypt, decrypt } from '../commands/encryption.ts'
import { Problem } from '../errors.ts'
import { logWarning } from '../runtime/log.ts'
import type { AppContext } from '../middleware/app-env.ts'
import { BOOKMARK_HEADER, REFUSED_COUNT_HEADER, REFUSED_LINES_HEADER, REPLAYED_HEADER } from '../middleware/common-headers.ts'
import { forRequest } from '../middleware/request-metrics.ts'
import { readBytes } from './decompress.ts'
import { parsePreferences } from './prefer.ts'

type Handler = (c: AppContext) => Response | Promise<Response>

/** The headers that belong to an answer itself, and come back with it. */
const KEPT_HEADERS = [
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

interface Answer {
  status: number
  headers: [name: string, value: string][]
  body: string
}

const encoder = new TextEncoder()

/** A key as the draft has it, a string of RFC 8941 in quotes, or bare as most clients send it: 1 to 255 visible characters of ASCII. */
const parseKey = (header: string): string => {
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"$/.exec(header.trim())?.[1]?.replaceAll(/\\(.)/g, '$1')
  const key = quoted ?? /^[\x21\x23-\x7e][\x21-\x7e]{0,254}$/.exec(header.trim())?.[0]
  if (key === undefined)
    throw new Problem('malformed-request', 'Idempotency-Key is not 1 to 255 visible characters of ASCII; send a UUID, for instance.')
  return key
}

/** The media type of a body as it is compared: lower-case, without blanks and without the charset that is read anyway. */
const mediaTypeOf = (c: AppContext): string => {
  const parts = (c.req.header('Content-Type') ?? '').toLowerCase().split(';')
  const [type, ...parameters] = parts.map((part) => part.trim().replaceAll('"', ''))
  return [type, ...parameters.filter((parameter) => parameter !== '' && parameter !== 'charset=utf-8').toSorted()].join(';')
}

/** Headers that decide what a request does or how it is answered, beside those that are parsed. */
const COMPARED = ['Accept', 'If-Match', 'If-None-Match', 'If-Unmodified-Since', 'Content-Range']

/** All that decides what a request does: gzip is unpacked first, for it packs the same content in other bytes each time. */
const describe = async (c: AppContext, key: string): Promise<IdempotencyRecord> => {
  const { pathname, search } = new URL(c.req.url)
  const headers = COMPARED.map((name) => c.req.header(name)?.trim() ?? null)
  const asked = [pathname.replace(/\/$/, ''), search, mediaTypeOf(c), parsePreferences(c), ...headers]
  const head = encoder.encode(`${JSON.stringify(asked)}\n`)
  const body = await readBytes(c)
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return { key: c.get('identity').key!, name: await sha256(encoder.encode(key)), request: await sha256(whole) }
}

const isSame = (one: Uint8Array, other: Uint8Array) => one.length === other.length && one.every((byte, index) => byte === other[index])

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: KEPT_HEADERS.flatMap((name): [string, string][] => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value]]
  }),
  body: await response.text(),
})

/**
 * Carries a request out once for each Idempotency-Key of an API key, and answers again what it answered the first time
 * (draft-ietf-httpapi-idempotency-key-header-07). That it was carried out is noted in the very batch that did it, so two at
 * once cannot both be. An answer that was lost is made out anew from what was done. What failed is not kept: it may be tried
 * again. Answers may hold a secret, so they are sealed with the caller's own key.
 * @param secret whether the answer shows what cannot be made out anew
 */
export const idempotent =
  (isolate: Isolate, secret: boolean, handler: Handler): Handler =>
  async (c) => {
    const header = c.req.header('Idempotency-Key')
    if (header === undefined) return handler(c)
    const key = parseKey(header)
    const counted = forRequest(c, isolate)
    const asked = await describe(c, key)
    const lock = `${c.req.header('Authorization')}\n${key}`

    const carryOut = async (earlier?: string): Promise<Response> => {
      c.set('once', { ...asked, earlier })
      const response = await handler(c)
      // Of a write that changed nothing there is nothing to tell that cannot be read again.
      if (!c.get('hasChanged')) return response
      const keeping = answerOf(response.clone()).then(async (answer) =>
        saveResponse(counted, asked, await encrypt(lock, JSON.stringify(answer))),
      )
      c.executionCtx.waitUntil(keeping.catch((error: unknown) => logWarning(isolate, 'answer not kept:', error)))
      return response
    }

    const answerAgain = async ({ request, commitId, answer }: NonNullable<Awaited<ReturnType<typeof findRecord>>>): Promise<Response> => {
      if (!isSame(request, asked.request))
        throw new Problem('idempotency-key-reused', 'This Idempotency-Key came with another request before.')
      c.header(REPLAYED_HEADER, 'true')
      // One that does not open was sealed for a header in other words; it is as good as lost.
      const opened = answer === null ? undefined : await decrypt(lock, answer).catch(() => undefined)
      if (opened !== undefined) {
        const { status, headers, body } = JSON.parse(opened) as Answer
        for (const [name, value] of headers) c.header(name, value)
        return status === 204 ? c.body(null, 204) : c.body(body, status as 200)
      }
      if (secret)
        throw new Problem('conflict', 'The first request with this Idempotency-Key is being answered, or its answer was lost.', {
          headers: { 'Retry-After': '1' },
        })
      return carryOut(commitId)
    }

    const record = await findRecord(counted, asked)
    if (record) return answerAgain(record)
    try {
      return await carryOut()
    } catch (error) {
      const done = error instanceof AlreadyCommitted ? await findRecord(counted, asked) : undefined
      if (!done) throw error
      return answerAgain(done)
    }
  }

import type { z } from 'zod'
import type { Params, Reads, Rest, Value, Writes } from './operations.ts'
import type { ProblemDetails } from '../schemas/problem.ts'

/**
 * A client of the API for browsers, Node and Workers: 304 instead of bytes one has, one's own writes read back, patience
 * with 429 and 503, pages one after the other. Nothing of the server is in it but types.
 */

type ProblemBody = Partial<z.output<typeof ProblemDetails>>

/** An answer that is no error. */
export interface ApiResponse<Data> {
  data: Data
  /** false where the server said 304: `data` is the very object that the last answer had. */
  changed: boolean
  etag: string | null
  headers: Headers
}

export interface ReadOptions {
  signal?: AbortSignal
}
export interface WriteOptions extends ReadOptions {
  /** Entity tag of the state this may change; another state is a Refusal with status 412. */
  ifMatch?: string
  /** As in `Prefer: handling=lenient`. */
  prefer?: string
}

export interface Options {
  /** Where the API is; in a page, where the page is. */
  base?: string
  /** API key; without one requests are those of a viewer of the public organisation. */
  key?: string
  /** How often a request is tried again that got 429 or 503, or no answer. */
  retries?: number
  /** For tests: how to ask, what time it is in ms, how to wait, and chance from 0 to 1. */
  fetch?: (request: Request) => Promise<Response>
  now?: () => number
  wait?: (ms: number, signal?: AbortSignal) => Promise<void>
  random?: () => number
}

/** An answer that is an error. `code` is a row of the table of errors, such as `not-found`; undefined for what is not ours. */
export class ApiError extends Error {
  override name = 'Refusal'
  readonly status: number
  readonly code: string | undefined
  readonly problem: ProblemBody
  readonly headers: Headers

  constructor(response: Response, problem: ProblemBody) {
    super(problem.detail ?? problem.title ?? `The server answered ${response.status}.`)
    this.status = response.status
    this.code = problem.type?.split('#')[1]
    this.problem = problem
    this.headers = response.headers
  }
}

/** The server keeps a replica waiting for a bookmark; after so long every replica has seen it. */
const BOOKMARK_MS = 120_000
/** Answers kept for their tags. */
const KEPT_MOST = 200
const FIRST_WAIT_MS = 500
/** Whoever is told to wait longer had better be told so than kept. */
const LONGEST_WAIT_MS = 65_000

const wait = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    signal?.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })

/** What Retry-After asks for, in ms: seconds or a date (RFC 9110, section 10.2.3). */
const retryAfter = (headers: Headers, now: number): number | undefined => {
  const value = headers.get('Retry-After')?.trim()
  if (!value) return undefined
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

const problemOf = async (response: Response) => {
  try {
    const problem = (await response.json()) as unknown
    return typeof problem === 'object' && problem !== null ? problem : {}
  } catch {
    return {}
  }
}

/** Returns the target of `rel="next"` in a Link header (RFC 8288). The API writes no comma into a target. */
const findNextLink = (header: string): string | undefined => {
  const link = header.split(',').find((each) => each.includes('rel="next"'))
  return link?.slice(link.indexOf('<') + 1, link.indexOf('>'))
}

const readBody = async (response: Response): Promise<unknown> => {
  if (response.status === 204) return undefined
  return /[/+]json\b/.test(response.headers.get('Content-Type') ?? '') ? response.json() : response.text()
}

/** What a body is. Text is CSV, save for the one path that takes lines. */
const typeOf = (method: string, path: string, body: unknown): string => {
  if (typeof body === 'string') return path === '/api/v2/write' ? 'text/plain' : 'text/csv'
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
}

/** True where doing it twice does no more than doing it once, so that it may be tried again whatever became of it. */
const isRepeatable = ({ method, headers }: Request) =>
  method === 'GET' || headers.has('Idempotency-Key') || (!headers.has('If-Match') && method !== 'PATCH')

/** Makes a client. It is for one key: what it remembers, it remembers of what that key may see. */
export const createClient = (options: Options = {}) => {
  const { key, retries = 4, now = Date.now, random = Math.random } = options
  const ask = options.fetch ?? ((request) => fetch(request))
  const pause = options.wait ?? wait
  const base = options.base ?? (globalThis as { location?: { origin: string } }).location?.origin
  const kept = new Map<string, { etag: string; data: unknown }>()
  let written: { bookmark: string; until: number } | undefined

  /** Takes note of a write, one's own or one that was told of: for two minutes reads are not older than it. */
  const remember = (bookmark: string) => {
    // Bookmarks sort as text.
    if (!written || bookmark > written.bookmark || written.until <= now()) written = { bookmark, until: now() + BOOKMARK_MS }
  }
  const bookmark = () => (written && written.until > now() ? written.bookmark : undefined)

  const urlOf = (path: string, params: Record<string, Value> = {}): URL => {
    const rest = new Map(Object.entries(params))
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = rest.get(name)
      rest.delete(name)
      return encodeURIComponent(String(value))
    })
    const url = new URL(filled, base)
    for (const [name, value] of rest) if (value !== undefined) url.searchParams.set(name, String(value))
    return url
  }

  /** Asks until there is an answer, or no sense in asking again. */
  const request = async (url: URL, init: RequestInit & { headers: Headers }): Promise<Response> => {
    if (key !== undefined) init.headers.set('Authorization', `Bearer ${key}`)
    let isInDoubt = false
    for (let tries = 0; ; tries += 1) {
      const wanted = new Request(url, init)
      const repeatable = isRepeatable(wanted)
      const response = await ask(wanted).catch((error: unknown) => {
        if (init.signal?.aborted || !repeatable || tries >= retries) throw error
      })
      if (response && (response.ok || response.status === 304)) return response
      // What is gone after an attempt that got no answer went with that attempt.
      if (response?.status === 404 && isInDoubt && init.method === 'DELETE')
        return new Response(null, { status: 204, headers: response.headers })
      let refusal: ApiError | undefined
      let asked: number | undefined
      if (response) {
        refusal = new ApiError(response, await problemOf(response))
        isInDoubt ||= refusal.code === 'outcome-unknown'
        asked = retryAfter(response.headers, now())
        const passing = response.status === 429 || (response.status === 503 && (repeatable || refusal.code !== 'outcome-unknown'))
        if (!passing || tries >= retries || (asked ?? 0) > LONGEST_WAIT_MS) throw refusal
      } else isInDoubt = true
      // Chance keeps many clients from coming back all at once.
      await pause(
        (asked ?? FIRST_WAIT_MS * 2 ** tries) * (asked === undefined ? 0.5 + random() / 2 : 1 + random() / 10),
        init.signal ?? undefined,
      )
    }
  }

  /** Asks for what is not older than what was written. */
  const open = (url: URL, { signal }: ReadOptions = {}, given: Record<string, string> = {}): Promise<Response> => {
    const headers = new Headers(given)
    const seen = bookmark()
    if (seen !== undefined) headers.set('x-d1-bookmark', seen)
    return request(url, { headers, ...(signal && { signal }) })
  }

  const read = async (url: URL, options?: ReadOptions): Promise<ApiResponse<unknown>> => {
    const known = kept.get(url.href)
    const response = await open(url, options, known && { 'If-None-Match': known.etag })
    const etag = response.headers.get('ETag')
    if (response.status === 304 && known) return { data: known.data, changed: false, etag: known.etag, headers: response.headers }
    const data = await readBody(response)
    // The oldest goes first; one that is asked for again moves to the end.
    kept.delete(url.href)
    if (etag !== null) kept.set(url.href, { etag, data })
    if (kept.size > KEPT_MOST) kept.delete(kept.keys().next().value!)
    return { data, changed: true, etag, headers: response.headers }
  }

  return {
    remember,
    /** The bookmark of the last write, while it is young. */
    get bookmark() {
      return bookmark()
    },

    /**
     * Reads. Parameters that are not in the path go into the query.
     * @throws Refusal for an answer that is an error
     */
    get: <Path extends keyof Reads>(path: Path, ...[params, more]: Rest<Path, ReadOptions>) =>
      read(urlOf(path, params as Record<string, Value>), more) as Promise<ApiResponse<Reads[Path]>>,

    /**
     * Reads what may be too long to be held, such as an export: the answer as it comes, neither read nor kept.
     * @throws Refusal for an answer that is an error
     */
    open: <Path extends keyof Reads>(path: Path, ...[params, more]: Rest<Path, ReadOptions>): Promise<Response> =>
      open(urlOf(path, params as Record<string, Value>), more),

    /** Reads page after page, following `next` in bodies and `rel="next"` in Link headers. */
    async *pages<Path extends keyof Reads>(path: Path, ...[params, more]: Rest<Path, ReadOptions>): AsyncGenerator<Reads[Path], void> {
      let url: URL | undefined = urlOf(path, params as Record<string, Value>)
      while (url) {
        const { data, headers }: ApiResponse<unknown> = await read(url, more)
        yield data as Reads[Path]
        const cursor = (data as { next?: string | null } | null)?.next
        const link = findNextLink(headers.get('Link') ?? '')
        const here: URL = url
        url = link === undefined ? undefined : new URL(link, here)
        if (typeof cursor === 'string') {
          url = new URL(here)
          url.searchParams.set('cursor', cursor)
        }
      }
    },

    /**
     * Writes. A POST carries an Idempotency-Key, so that trying again cannot do it twice.
     * @throws Refusal for an answer that is an error
     */
    send: async <Operation extends keyof Writes>(
      operation: Operation,
      params: Params<Operation>,
      body: Writes[Operation][0],
      { signal, ifMatch, prefer }: WriteOptions = {},
    ): Promise<ApiResponse<Writes[Operation][1]>> => {
      const [method, path] = operation.split(' ') as [string, string]
      const headers = new Headers()
      if (body !== undefined) headers.set('Content-Type', typeOf(method, path, body))
      if (method === 'POST') headers.set('Idempotency-Key', crypto.randomUUID())
      if (ifMatch !== undefined) headers.set('If-Match', ifMatch)
      if (prefer !== undefined) headers.set('Prefer', prefer)
      const response = await request(urlOf(path, params), {
        method,
        headers,
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      })
      const mark = response.headers.get('x-d1-bookmark')
      if (mark !== null) remember(mark)
      const data = (await readBody(response)) as Writes[Operation][1]
      return { data, changed: true, etag: response.headers.get('ETag'), headers: response.headers }
    },
  }
}

export type Client = ReturnType<typeof createClient>

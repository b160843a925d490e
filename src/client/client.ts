import { isLocalNetwork } from '../schemas/local-network.ts'
import { ApiError } from './api-error.ts'
import type { FieldReads, ParameterValue, Params, ReadArguments, Reads, Representations, Writes } from './operations.ts'
import { findNextLink, readBody, readProblem } from './read-response.ts'
import { computeDelay, isRepeatable, MAX_DELAY_MS, parseRetryAfter, wait } from './retry.ts'

export { ApiError } from './api-error.ts'
export type * from './bodies.ts'
export type * from './operations.ts'

/** A successful response. */
export interface ApiResponse<Data> {
  data: Data
  /** false after 304 (Not Modified): `data` is then the same object as in the previous response. */
  changed: boolean
  etag: string | null
  headers: Headers
}

export interface ReadOptions {
  signal?: AbortSignal | undefined
}
export interface WriteOptions extends ReadOptions {
  /** ETag that the resource must have. For any other state, the client throws an `ApiError` with status 412. */
  ifMatch?: string | undefined
  /** Value of the Prefer header, such as `handling=lenient`. */
  prefer?: string | undefined
  /** Idempotency-Key of a POST. The default is a random one. A stored key makes a POST repeatable after the program has ended. */
  idempotencyKey?: string | undefined
}

export interface Options {
  /**
   * Origin of the API, such as `https://api.example.com`. The default in a browser is the origin of the page. With a key, it must begin
   * with `https:`, except on this machine or the local network.
   */
  base?: string | undefined
  /** API key. Without a key, the client reads the public organisation as a viewer. */
  key?: string | undefined
  /** Maximum number of further attempts after 429, 503, 409 with Retry-After, or a lost connection. The default is 4. */
  retries?: number | undefined
  /** Replaces the global `fetch`, for tests. */
  fetch?: ((request: Request) => Promise<Response>) | undefined
  /** Returns the time in ms, for tests. */
  now?: (() => number) | undefined
  /** Waits before the next attempt, for tests. */
  wait?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined
  /** Returns a number from 0 to 1, for tests. */
  random?: (() => number) | undefined
}

type FieldParams<Path> = Params<Path> & { fields: string }

/** A client for one API key. It caches responses in memory, which another key may not be allowed to read. */
export interface Client {
  /** Bookmark of the last write, or undefined 120 s after it. The client sends it with every read. */
  readonly bookmark: string | undefined

  /** Adds the bookmark of a write that another client made. Reads of the next 120 s are then at least as new as that write. */
  remember(bookmark: string): void

  /**
   * Sends GET. Parameters that are not in the path go into the query.
   * @throws {ApiError} for an error response
   */
  get<Path extends keyof FieldReads>(path: Path, params: FieldParams<Path>, options?: ReadOptions): Promise<ApiResponse<FieldReads[Path]>>
  get<Path extends keyof Reads>(path: Path, ...parameters: ReadArguments<Path, ReadOptions>): Promise<ApiResponse<Reads[Path]>>

  /**
   * Sends GET and returns the response with an unread body. Use it for a body too large for memory, such as an export.
   * @throws {ApiError} for an error response
   */
  open<Path extends keyof Reads>(path: Path, ...parameters: ReadArguments<Path, ReadOptions>): Promise<Response>

  /**
   * Sends GET for each page, until a page has no `next` and no Link with `rel="next"`.
   * @throws {ApiError} for an error response
   */
  pages<Path extends keyof FieldReads>(path: Path, params: FieldParams<Path>, options?: ReadOptions): AsyncGenerator<FieldReads[Path], void>
  pages<Path extends keyof Reads>(path: Path, ...parameters: ReadArguments<Path, ReadOptions>): AsyncGenerator<Reads[Path], void>

  /**
   * Sends a write. A POST has an Idempotency-Key, so that a repeated attempt has no further effect.
   * @throws {ApiError} for an error response
   */
  send<Operation extends keyof Representations>(
    operation: Operation,
    params: Params<Operation>,
    body: Writes[Operation][0],
    options: WriteOptions & { prefer: `${string}return=representation${string}` },
  ): Promise<ApiResponse<Representations[Operation]>>
  send<Operation extends keyof Writes>(
    operation: Operation,
    params: Params<Operation>,
    body: Writes[Operation][0],
    options?: WriteOptions,
  ): Promise<ApiResponse<Writes[Operation][1]>>
}

/** Validity of a bookmark in ms. Later, cached reads show the write, unless publishing is late. */
const BOOKMARK_MS = 120_000
/** Maximum number of cached responses. */
const MAX_CACHED = 200

/** Returns the media type of a request body. A string is CSV, or line protocol for the path of InfluxDB. */
const mediaTypeOf = (method: string, path: string, body: unknown): string => {
  if (typeof body === 'string') return path === '/api/v2/write' ? 'text/plain' : 'text/csv'
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
}

/** True for the report of `/ready`, which has status 503 if the Worker is not ready. Its body is no problem. */
const isReadinessReport = ({ pathname }: URL, { status, headers }: Response): boolean =>
  pathname === '/ready' && status === 503 && headers.get('Content-Type')?.startsWith('application/json') === true

/** Builds the address of a request: fills in the parameters of the path, and adds the others to the query. */
const buildUrl = (base: string | undefined, path: string, params: Record<string, ParameterValue> = {}): URL => {
  const query = new Map(Object.entries(params))
  const pathname = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = query.get(name)
    query.delete(name)
    return encodeURIComponent(String(value))
  })
  const url = new URL(pathname, base)
  for (const [name, value] of query) if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

/**
 * Checks that a key is not sent without encryption. The API would redirect the request to https, and `fetch` removes the key from a
 * redirected request: the key would be exposed, and reads would be those of the public organisation.
 */
const checkEncryption = (base: string): void => {
  const { protocol, hostname } = new URL(base)
  if (protocol === 'http:' && !isLocalNetwork(hostname))
    throw new TypeError(`The base ${base} would expose the API key, because http is not encrypted. Use https.`)
}

/**
 * Creates a client. Use one client for each API key.
 * @throws {TypeError} for a key with a base that begins with `http:`, except on this machine or the local network
 */
export const createClient = (options: Options = {}): Client => {
  const { key, retries = 4, now = Date.now, random = Math.random } = options
  if (key !== undefined && options.base !== undefined) checkEncryption(options.base)
  const fetchRequest = options.fetch ?? ((request) => fetch(request))
  const pause = options.wait ?? wait
  const base = options.base ?? (globalThis as { location?: { origin: string } }).location?.origin
  const cachedResponses = new Map<string, { etag: string; data: unknown }>()
  let lastWrite: { bookmark: string; validUntil: number } | undefined

  const remember = (bookmark: string) => {
    // A later bookmark sorts after an earlier one.
    if (!lastWrite || bookmark > lastWrite.bookmark || lastWrite.validUntil <= now())
      lastWrite = { bookmark, validUntil: now() + BOOKMARK_MS }
  }
  const getBookmark = () => (lastWrite && lastWrite.validUntil > now() ? lastWrite.bookmark : undefined)

  /** Sends a request, and repeats it after 429, 503, 409 with Retry-After, and lost connections if that is safe. */
  const sendRequest = async (url: URL, init: RequestInit & { headers: Headers }): Promise<Response> => {
    if (key !== undefined) init.headers.set('Authorization', `Bearer ${key}`)
    let isInDoubt = false
    for (let attempt = 0; ; attempt += 1) {
      const request = new Request(url, init)
      const repeatable = isRepeatable(request)
      const response = await fetchRequest(request).catch((error: unknown) => {
        if (init.signal?.aborted || !repeatable || attempt >= retries) throw error
      })
      if (response && (response.ok || response.status === 304 || isReadinessReport(url, response))) return response
      // After an attempt without a response, 404 means that this attempt deleted the resource.
      if (response?.status === 404 && isInDoubt && init.method === 'DELETE')
        return new Response(null, { status: 204, headers: response.headers })
      let retryAfterMs: number | undefined
      if (response) {
        const error = new ApiError(response, await readProblem(response))
        isInDoubt ||= error.code === 'outcome-unknown'
        retryAfterMs = parseRetryAfter(response.headers, now())
        // 409 with Retry-After means that the first attempt is in progress. It has no response to replay yet.
        const temporary =
          response.status === 429 ||
          (response.status === 409 && retryAfterMs !== undefined) ||
          (response.status === 503 && (repeatable || error.code !== 'outcome-unknown'))
        if (!temporary || attempt >= retries || (retryAfterMs ?? 0) > MAX_DELAY_MS) throw error
      } else isInDoubt = true
      await pause(computeDelay(attempt, retryAfterMs, random), init.signal ?? undefined)
    }
  }

  /** Sends GET with the bookmark of the last write. */
  const open = (url: URL, { signal }: ReadOptions = {}, conditions: Record<string, string> = {}): Promise<Response> => {
    const headers = new Headers(conditions)
    const bookmark = getBookmark()
    if (bookmark !== undefined) headers.set('x-d1-bookmark', bookmark)
    return sendRequest(url, { headers, ...(signal && { signal }) })
  }

  const read = async (url: URL, readOptions?: ReadOptions): Promise<ApiResponse<unknown>> => {
    const cached = cachedResponses.get(url.href)
    const response = await open(url, readOptions, cached && { 'If-None-Match': cached.etag })
    if (response.status === 304 && cached) return { ...cached, changed: false, headers: response.headers }
    const etag = response.headers.get('ETag')
    const data = await readBody(response)
    // A Map has the order of insertion: a response that changed moves to the end, and the oldest leaves.
    cachedResponses.delete(url.href)
    if (etag !== null) cachedResponses.set(url.href, { etag, data })
    if (cachedResponses.size > MAX_CACHED) cachedResponses.delete(cachedResponses.keys().next().value!)
    return { data, changed: true, etag, headers: response.headers }
  }

  return {
    remember,
    get bookmark() {
      return getBookmark()
    },
    get: <Path extends keyof Reads>(path: Path, ...[params, readOptions]: ReadArguments<Path, ReadOptions>) =>
      read(buildUrl(base, path, params), readOptions) as Promise<ApiResponse<Reads[Path]>>,
    open: (path, ...[params, readOptions]) => open(buildUrl(base, path, params), readOptions),

    async *pages<Path extends keyof Reads>(path: Path, ...[params, readOptions]: ReadArguments<Path, ReadOptions>) {
      let url: URL | undefined = buildUrl(base, path, params)
      while (url) {
        const { data, headers }: ApiResponse<unknown> = await read(url, readOptions)
        yield data as Reads[Path]
        const cursor = (data as { next?: string | null } | null)?.next
        const link = findNextLink(headers.get('Link') ?? '')
        const current: URL = url
        url = link === undefined ? undefined : new URL(link, current)
        if (typeof cursor === 'string') {
          url = new URL(current)
          url.searchParams.set('cursor', cursor)
        }
      }
    },

    async send<Operation extends keyof Writes>(
      operation: Operation,
      params: Params<Operation>,
      body: Writes[Operation][0],
      { signal, ifMatch, prefer, idempotencyKey = crypto.randomUUID() }: WriteOptions = {},
    ) {
      const [method, path] = operation.split(' ') as [string, string]
      const headers = new Headers()
      if (body !== undefined) headers.set('Content-Type', mediaTypeOf(method, path, body))
      if (method === 'POST') headers.set('Idempotency-Key', idempotencyKey)
      if (ifMatch !== undefined) headers.set('If-Match', ifMatch)
      if (prefer !== undefined) headers.set('Prefer', prefer)
      const response = await sendRequest(buildUrl(base, path, params), {
        method,
        headers,
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal && { signal }),
      })
      const bookmark = response.headers.get('x-d1-bookmark')
      if (bookmark !== null) remember(bookmark)
      const data = (await readBody(response)) as Writes[Operation][1]
      return { data, changed: true, etag: response.headers.get('ETag'), headers: response.headers }
    },
  }
}

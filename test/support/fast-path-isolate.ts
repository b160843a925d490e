import { withChecksum } from '../../src/auth/api-key.ts'
import { resolveIdentity } from '../../src/auth/identity-cache.ts'
import type { Identity } from '../../src/auth/identity-cache.ts'
import { setKeyHash } from '../../src/auth/key-hash-cache.ts'
import { recordKeyUse } from '../../src/auth/key-usage.ts'
import type { EntryMetadata } from '../../src/cache/kv-store.ts'
import { setPayload } from '../../src/cache/memory-store.ts'
import { PAYLOAD_VERSION } from '../../src/documents/path.ts'
import type { withCachedRead } from '../../src/http/cached-read.ts'
import type { App, ReadNotes, SentPayload } from '../../src/middleware/app-env.ts'
import { parseConfig } from '../../src/runtime/config.ts'
import type { RequestIsolate } from '../../src/runtime/isolate.ts'
import { makeScriptedIsolate } from './scripted-d1.ts'

export const KEY = withChecksum('Ab0Cd1Ef2Gh3Ij4Kl5Mn6Op7Qr8')
export const URL_OF_READ = 'https://api.test/api/factory/1'
export const BODY = 'bytes of the payload'
const SENT: SentPayload = { path: '1/api/factory/1', etag: '"a"', route: '/api/factory/{id}' }
const NOW = 1_000_000
/** Duration of a read of KV. */
export const KV_MS = 7

const VIEWER: Identity = { organisationPk: 1, slug: 'demo', role: 'viewer', keyPk: 1, keyId: 4, factories: null, expiresAt: null }
export const PUBLIC_VIEWER: Identity = { ...VIEWER, keyPk: null, keyId: null }

export const metadataOf = (more: Partial<EntryMetadata> = {}): EntryMetadata => ({
  version: PAYLOAD_VERSION,
  path: SENT.path,
  seq: 1,
  bookmark: `00000001-00000000-00000000-${'0'.repeat(32)}`,
  etag: SENT.etag,
  leasedUntil: NOW + 3_600_000,
  ...more,
})

/** Returns a fast path in front of a router that sends the headers of a cached document. A test decides what KV and the limiters say. */
export const makeFastPath = (wrap: typeof withCachedRead, variables: { LOG_SAMPLE?: string } = {}) => {
  let now = NOW
  /** The status of the response of the router, and the payload that it names; undefined without a cached document. */
  const router = { status: 200, sent: SENT as SentPayload | undefined }
  /** The notes that the router got with each request. */
  const routed: ReadNotes[] = []
  /** The entry in KV. */
  const kv = { metadata: null as EntryMetadata | null, reads: 0 }
  /** Counters that the limiters have counted, and the policy that they refuse. */
  const limits = { counted: [] as string[], refused: undefined as string | undefined }
  const lines: string[] = []
  const limiter = (policy: string) => ({
    limit: async ({ key }: { key: string }) => {
      limits.counted.push(`${policy} ${key}`)
      return { success: limits.refused !== policy }
    },
  })
  const isolate = {
    ...makeScriptedIsolate(() => []).isolate,
    clock: { now: () => now, withTimeout: <T>(_: number, work: Promise<T>) => work },
    config: parseConfig({ LOG_SAMPLE: '0', ...variables }),
    limiters: {
      READ_LIMIT: limiter('read'),
      BODY_LIMIT: limiter('body'),
      ANONYMOUS_LIMIT: limiter('anonymous'),
      NETWORK_LIMIT: limiter('network'),
    },
    kv: {
      getWithMetadata: async (_: string, { type }: { type: string }) => {
        kv.reads++
        now += KV_MS
        const value = type === 'stream' ? new Response(BODY).body : new TextEncoder().encode(BODY).buffer
        return kv.metadata ? { value, metadata: kv.metadata } : { value: null, metadata: null }
      },
    },
    log: (line: string) => lines.push(line),
    request: { waitUntil: () => {} },
  } as unknown as RequestIsolate
  const route = async (_: Request, { notes }: { notes: ReadNotes }) => {
    routed.push({ ...notes })
    notes.sent = router.sent
    const headers = { ETag: SENT.etag, 'Content-Type': 'application/json', 'X-Request-Id': 'of the router', 'Cache-Status': 'kv; hit' }
    return new Response(router.status === 304 ? null : 'routed', { status: router.status, headers })
  }
  const fetch = wrap(isolate, route as unknown as App['fetch'])
  return {
    isolate,
    router,
    routed,
    kv,
    limits,
    lines,
    advance: (ms: number) => {
      now += ms
    },
    /** Makes an identity known to the isolate, which has recorded the use of its key. */
    addIdentity: async (name: string, more: Partial<Identity> = {}) => {
      await resolveIdentity(isolate, name, async () => ({ ...VIEWER, ...more }))
      if (name.startsWith('spk_')) setKeyHash(isolate, name, name)
      await recordKeyUse(isolate, more.keyPk ?? 1, { userAgent: null, country: null })
    },
    /** Stores the payload in memory, with a body or only its metadata. */
    remember: (more: Partial<EntryMetadata> = {}, body: string | null = BODY) =>
      setPayload(isolate, metadataOf(more), body === null ? undefined : new TextEncoder().encode(body)),
    /** Sends a request with a key, unless the headers have another Authorization. An empty header is not sent. */
    send: async (headers: Record<string, string> = {}, url = URL_OF_READ, method = 'GET') => {
      const all = Object.entries({ Authorization: `Bearer ${KEY}`, ...headers }).filter(([, value]) => value !== '')
      return fetch(new Request(url, { method, headers: Object.fromEntries(all) }), {} as never, undefined)
    },
  }
}

export type FastPath = ReturnType<typeof makeFastPath>

import { InvocationLimit } from './invocation-limit.ts'
import type { Life } from './lifetime.ts'
import { unlessEnded } from './lifetime.ts'
import type { Timeline } from './timeline.ts'

interface Version {
  at: number
  body: Uint8Array | null
  metadata: unknown
  expiration: number
}

/** Faults of KV in a run, as probabilities of a call. */
export interface KvFaults {
  /** A put or delete fails although it takes effect, at once or up to `lateMs` later. */
  inDoubt: number
  /** A put or delete fails and has no effect. */
  lost: number
  /** A call never returns. A put or delete may still take effect. */
  hangs: number
  lateMs: number
  /** Every call fails, or hangs. */
  down: 'fails' | 'hangs' | undefined
  /** Every put is rejected with this message, and has no effect. */
  refusal: string | undefined
}

/** A put may begin before its request is cut off, and land after that. */
const LONGEST_REQUEST_MS = 60_000
/** The claim of a request that is cut off lasts at least this much longer: a minute, of which the request has used half at most. */
const SHORTEST_CLAIM_MS = 25_000

/** KV without faults. */
export const WELL_KV: KvFaults = { inDoubt: 0, lost: 0, hangs: 0, lateMs: 0, down: undefined, refusal: undefined }

/** Messages with which KV rejects puts: too many to one key, and too many in a day. */
export const REFUSALS = ['KV PUT failed: 429 Too Many Requests', 'KV put() limit exceeded for the day.']

/** A change may take a minute to be visible elsewhere. https://developers.cloudflare.com/kv/concepts/how-kv-works/ */
const PROPAGATION_MS = 60_000
/** Duration of a put. Some take longer, and no bound is documented. */
const QUICK_MS = 400
const SLOW_MS = 4_000
const SLOW = 0.1
/** One write per second to one key. https://developers.cloudflare.com/kv/platform/limits/ */
const WRITE_EVERY_MS = 1_000

/** Workers KV: a central store that accepts one write per second and key. Each location sees values and misses late. */
export class SimulatedKv {
  readonly #history = new Map<string, Version[]>()
  readonly #lastWrite = new Map<string, number>()
  readonly #seen = new Map<string, { version: Version | undefined; until: number; floor: number }>()
  readonly #timeline: Timeline
  faults: KvFaults
  puts = 0
  /** Counts the operations of each invocation. */
  readonly perInvocation = new InvocationLimit()
  /** Times of the writes of each key, in ms. */
  readonly writes = new Map<string, number[]>()
  /**
   * Keys that were put with the bytes and the metadata of the put before, but for sequence number and bookmark. After a publisher was cut
   * off, the next one does not know what KV has, so its put does not count.
   */
  readonly repeatedPuts: string[] = []
  readonly #lastPut = new Map<string, { shown: string; at: number }>()
  readonly #cuts: number[] = []

  constructor(timeline: Timeline, faults: KvFaults) {
    this.#timeline = timeline
    this.faults = faults
  }

  /** Returns the version in the central store now. */
  central(key: string): Version | undefined {
    const latest = this.#history.get(key)?.at(-1)
    return latest?.body && latest.expiration > this.#timeline.now ? latest : undefined
  }
  keys = (): string[] => [...this.#history.keys()].filter((key) => this.central(key)).toSorted()

  #land(key: string, body: Uint8Array | null, metadata: unknown, expiration: number) {
    const versions = this.#history.get(key) ?? []
    versions.push({ at: this.#timeline.now, body, metadata, expiration })
    this.#history.set(key, versions)
  }

  /** Returns the version that a location sees: the one fetched within `cacheTtl`, else the store as of up to a minute ago. */
  #look(location: string, key: string, cacheTtl: number): Version | undefined {
    const { now } = this.#timeline
    const name = `${location} ${key}`
    const seen = this.#seen.get(name)
    if (seen && seen.until > now) return seen.version
    const horizon = Math.max(seen?.floor ?? 0, now - this.#timeline.between(0, PROPAGATION_MS))
    const version = this.#history.get(key)?.findLast(({ at }) => at <= horizon)
    this.#seen.set(name, { version, until: now + cacheTtl * 1000, floor: horizon })
    return version
  }

  async #outage(): Promise<void> {
    if (this.faults.down === 'hangs') return new Promise(() => {})
    if (this.faults.down === 'fails') throw new Error('KV failed: 503 Service Unavailable')
  }

  /** Records what a put changes for readers. */
  #recordPut(key: string, body: Uint8Array, metadata: unknown): void {
    const shown = JSON.stringify([new TextDecoder().decode(body), { ...(metadata as object), seq: 0, bookmark: '' }])
    const last = this.#lastPut.get(key)
    if (last?.shown === shown && !this.#mayHaveExpiredClaim(last.at)) this.repeatedPuts.push(key)
    this.#lastPut.set(key, { shown, at: this.#timeline.now })
  }

  /** True if a publisher may have been cut off since a put, so that its claim has expired by now. */
  #mayHaveExpiredClaim(since: number): boolean {
    return this.#cuts.some((at) => at > since - LONGEST_REQUEST_MS && at < this.#timeline.now - SHORTEST_CLAIM_MS)
  }

  /** Records that a request has been cut off while it worked. */
  recordCut(): void {
    this.#cuts.push(this.#timeline.now)
  }

  async #write(key: string, body: Uint8Array | null, metadata: unknown, expiration: number): Promise<void> {
    this.perInvocation.spend(1)
    await this.#outage()
    const { refusal } = this.faults
    if (body && refusal !== undefined) {
      await this.#timeline.sleep(this.#timeline.between(5, 50))
      throw new Error(refusal)
    }
    const { now } = this.#timeline
    if (now - (this.#lastWrite.get(key) ?? 0) < WRITE_EVERY_MS) {
      await this.#timeline.sleep(this.#timeline.between(5, 50))
      throw new Error('KV PUT failed: 429 Too Many Requests')
    }
    this.#lastWrite.set(key, now)
    this.puts++
    if (body) this.#recordPut(key, body, metadata)
    else this.#lastPut.delete(key)
    this.writes.set(key, [...(this.writes.get(key) ?? []), now])
    const { inDoubt, lost, hangs, lateMs } = this.faults
    const outcome = this.#timeline.random()
    const usual = this.#timeline.chance(SLOW) ? SLOW_MS : QUICK_MS
    const landing = this.#timeline.between(5, outcome < inDoubt + hangs ? lateMs : usual)
    if (outcome >= inDoubt + hangs && outcome < inDoubt + hangs + lost) {
      await this.#timeline.sleep(50)
      throw new Error('KV PUT failed: 503 Service Unavailable')
    }
    this.#timeline.after(landing, () => this.#land(key, body, metadata, expiration))
    if (outcome < inDoubt) {
      await this.#timeline.sleep(50)
      throw new Error('KV PUT failed: 500 Internal Server Error')
    }
    if (outcome < inDoubt + hangs) return new Promise(() => {})
    await this.#timeline.sleep(landing + this.#timeline.between(0, 100))
  }

  /** Returns the binding of an isolate. */
  binding(isolate: Life, location: string): KVNamespace {
    const read = async <T>(answer: () => T): Promise<T> => {
      this.perInvocation.spend(1)
      const { hangs, lost } = this.faults
      const outcome = this.#timeline.random()
      await this.#outage()
      if (outcome < hangs) return new Promise(() => {})
      await this.#timeline.sleep(this.#timeline.between(2, 60))
      if (outcome < hangs + lost) throw new Error('KV GET failed: 500 Internal Server Error')
      return answer()
    }
    return {
      getWithMetadata: (key: string, { cacheTtl = 60, type }: { cacheTtl?: number; type?: string } = {}) =>
        unlessEnded(
          isolate,
          read(() => {
            const version = this.#look(location, key, cacheTtl)
            const exists = version?.body && version.expiration > this.#timeline.now
            const bytes = exists ? version.body!.slice().buffer : null
            const value = bytes && type === 'stream' ? new Response(bytes).body : bytes
            return { value, metadata: exists ? version.metadata : null, cacheStatus: null }
          }),
        ),
      put: (key: string, body: Uint8Array, { metadata, expiration }: { metadata: unknown; expiration: number }) => {
        if (expiration * 1000 < this.#timeline.now + 60_000) return Promise.reject(new Error('KV PUT failed: 400 Invalid expiration'))
        return unlessEnded(isolate, this.#write(key, body.slice(), structuredClone(metadata), expiration * 1000))
      },
      delete: (key: string) => unlessEnded(isolate, this.#write(key, null, null, 0)),
      list: () =>
        unlessEnded(
          isolate,
          read(() => ({
            keys: this.keys().map((name) => ({ name, metadata: this.central(name)!.metadata })),
            list_complete: true,
            cacheStatus: null,
          })),
        ),
    } as unknown as KVNamespace
  }
}

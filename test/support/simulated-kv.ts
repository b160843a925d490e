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

/** How ill KV is in a run; probabilities of a call. */
export interface KvFaults {
  /** A put or delete fails although it took place, at once or as late as `lateMs`. */
  inDoubt: number
  /** A put or delete fails and never takes place. */
  lost: number
  /** A call never answers; a put or delete may still take place. */
  hangs: number
  lateMs: number
  /** Every call fails, or hangs. */
  down: 'fails' | 'hangs' | undefined
  /** Every put is refused with these words, and has no effect. */
  refusal: string | undefined
}

/** KV as it is on a good day. */
export const WELL_KV: KvFaults = { inDoubt: 0, lost: 0, hangs: 0, lateMs: 0, down: undefined, refusal: undefined }

/** Words with which KV refuses puts: too many to one key, and too many in a day. */
export const REFUSALS = ['KV PUT failed: 429 Too Many Requests', 'KV put() limit exceeded for the day.']

/** Documented: a change may take a minute to be seen elsewhere. https://developers.cloudflare.com/kv/concepts/how-kv-works/ */
const PROPAGATION_MS = 60_000
/** How long a put takes; some take longer, and nothing says how long at most. */
const QUICK_MS = 400
const SLOW_MS = 4_000
const SLOW = 0.1
/** Documented: one write a second to one key. https://developers.cloudflare.com/kv/platform/limits/ */
const WRITE_EVERY_MS = 1_000

/** Workers KV: a central store that takes one write a second for each key, seen by each location late, in values and in misses. */
export class SimulatedKv {
  readonly #history = new Map<string, Version[]>()
  readonly #lastWrite = new Map<string, number>()
  readonly #seen = new Map<string, { version: Version | undefined; until: number; floor: number }>()
  readonly #timeline: Timeline
  faults: KvFaults
  puts = 0
  /** Operations of one invocation. */
  readonly perInvocation = new InvocationLimit()
  /** When each key was written, ms. */
  readonly writes = new Map<string, number[]>()

  constructor(timeline: Timeline, faults: KvFaults) {
    this.#timeline = timeline
    this.faults = faults
  }

  /** What the store itself holds now. */
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

  /** What a location sees: what it has fetched in the last half minute, else the store as it was up to a minute ago. */
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
    this.writes.set(key, [...(this.writes.get(key) ?? []), now])
    const { inDoubt, lost, hangs, lateMs } = this.faults
    const fate = this.#timeline.random()
    const usual = this.#timeline.chance(SLOW) ? SLOW_MS : QUICK_MS
    const landing = this.#timeline.between(5, fate < inDoubt + hangs ? lateMs : usual)
    if (fate >= inDoubt + hangs && fate < inDoubt + hangs + lost) {
      await this.#timeline.sleep(50)
      throw new Error('KV PUT failed: 503 Service Unavailable')
    }
    this.#timeline.after(landing, () => this.#land(key, body, metadata, expiration))
    if (fate < inDoubt) {
      await this.#timeline.sleep(50)
      throw new Error('KV PUT failed: 500 Internal Server Error')
    }
    if (fate < inDoubt + hangs) return new Promise(() => {})
    await this.#timeline.sleep(landing + this.#timeline.between(0, 100))
  }

  /** The binding of an isolate. */
  binding(isolate: Life, location: string): KVNamespace {
    const read = async <T>(answer: () => T): Promise<T> => {
      this.perInvocation.spend(1)
      const { hangs, lost } = this.faults
      const fate = this.#timeline.random()
      await this.#outage()
      if (fate < hangs) return new Promise(() => {})
      await this.#timeline.sleep(this.#timeline.between(2, 60))
      if (fate < hangs + lost) throw new Error('KV GET failed: 500 Internal Server Error')
      return answer()
    }
    return {
      getWithMetadata: (key: string, { cacheTtl = 60, type }: { cacheTtl?: number; type?: string } = {}) =>
        unlessEnded(
          isolate,
          read(() => {
            const version = this.#look(location, key, cacheTtl)
            const there = version?.body && version.expiration > this.#timeline.now
            const bytes = there ? version.body!.slice().buffer : null
            const value = bytes && type === 'stream' ? new Response(bytes).body : bytes
            return { value, metadata: there ? version.metadata : null, cacheStatus: null }
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

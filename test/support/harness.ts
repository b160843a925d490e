import { applyD1Migrations, reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll } from 'vitest'
import { createApp } from '../../src/app.ts'
import { createIsolate } from '../../src/runtime/isolate.ts'
import type { Env } from '../../src/runtime/env.ts'
import type { Isolate } from '../../src/runtime/isolate.ts'
import { hashApiKey, withChecksum } from '../../src/auth/api-key.ts'
import type { Role } from '../../src/schemas/roles.ts'
import factories from '../../seed/factories.json' with { type: 'json' }
import sprockets from '../../seed/sprockets.json' with { type: 'json' }
import { TestClock } from './clock.ts'
import { watchBatches } from './columns.ts'
import { checkContract } from './contract.ts'
import { UNLIMITED } from './unlimited.ts'

watchBatches()

/** One who asks: nobody, or a key of some role. */
export interface TestClient {
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  delete(path: string, headers?: Record<string, string>): Promise<Response>
  /** Sends what the others cannot. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>
}

/** Isolates on one clock, with an organisation `demo` that holds the seed and another that holds little. */
export interface Harness {
  clock: TestClock
  isolate: Isolate
  anonymous: TestClient
  viewer: TestClient
  operator: TestClient
  engineer: TestClient
  admin: TestClient
  /** Engineer of the other organisation. */
  stranger: TestClient
  /** Someone with the key of this name, or with this very key. */
  as(key: string | undefined): TestClient
  /** The same key at another isolate. */
  elsewhere(isolate: Isolate): Harness
  /** Waits for everything that requests left running. */
  settle(): Promise<void>
}

export const SEED = { factories: factories.factories, sprockets: sprockets.sprockets }

/** The key that tests call by this name: of the right form and the same each time. */
export const apiKeyOf = (name: string): string => {
  let body = ''
  for (let round = 0; body.length < 27; round++) {
    let hash = 0x811c9dc5
    for (const letter of `${round} ${name}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193) >>> 0
    body += hash.toString(36)
  }
  return withChecksum(body.slice(0, 27))
}

/** Adds a key; answers its number. */
export const addKey = async (
  organisation: number,
  key: string,
  role: Role,
  more: { factories?: string; expires_at?: number; revoked_at?: number } = {},
) => {
  const row = await env.DB.prepare(`insert into api_keys (organisation, id, hash, name, role, factories, created_at, expires_at, revoked_at)
    values (?1, (select next_key_id from organisations where number = ?1), ?2, ?3, ?4, ?5, 0, ?6, ?7) returning number`)
    .bind(
      organisation,
      await hashApiKey(apiKeyOf(key)),
      key,
      role,
      more.factories ?? null,
      more.expires_at ?? null,
      more.revoked_at ?? null,
    )
    .first<{ number: number }>()
  await env.DB.prepare('update organisations set next_key_id = next_key_id + 1 where number = ?').bind(organisation).run()
  return row!.number
}

export const addOrganisation = async (slug: string) => {
  const row = await env.DB.prepare('insert into organisations (slug, name, created_at) values (?1, ?1, 0) returning number')
    .bind(slug)
    .first<{ number: number }>()
  return row!.number
}

/** What waits for the work of each world of this file. */
const settlers = new Set<() => Promise<void>>()
const settleAll = async () => {
  for (const settle of settlers) await settle()
  settlers.clear()
}
// Work that outlived its file would find the storage gone, and say so.
afterAll(settleAll)

/** People at one isolate. */
export const attachClients = (isolate: Isolate, clock: TestClock): Harness => {
  const app = createApp(isolate)
  let running: Promise<unknown>[] = []
  const context = {
    waitUntil: (work: Promise<unknown>) => {
      running.push(work)
    },
    passThroughOnException: () => {},
    props: {},
  } as unknown as ExecutionContext
  const as = (key: string | undefined): TestClient => {
    const send = async (method: string, path: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers)
      if (key !== undefined) headers.set('Authorization', `Bearer ${key.startsWith('spk_') ? key : apiKeyOf(key)}`)
      const response = await app.fetch(
        new Request(`https://api.test${path}`, { redirect: 'manual', ...init, method, headers }),
        env,
        context,
      )
      await checkContract(app, method, path, response.clone())
      return response
    }
    const sendJson =
      (method: string) =>
      (path: string, body: unknown, headers: Record<string, string> = {}) =>
        send(method, path, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } })
    return {
      send,
      get: (path, headers = {}) => send('GET', path, { headers }),
      delete: (path, headers = {}) => send('DELETE', path, { headers }),
      post: sendJson('POST'),
      put: sendJson('PUT'),
      patch: sendJson('PATCH'),
    }
  }
  const settle = async () => {
    while (running.length) {
      const now = running
      running = []
      await Promise.all(now)
    }
  }
  settlers.add(settle)
  return {
    clock,
    isolate,
    as,
    settle,
    anonymous: as(undefined),
    viewer: as('viewer'),
    operator: as('operator'),
    engineer: as('engineer'),
    admin: as('admin'),
    stranger: as('stranger'),
    elsewhere: (other) => attachClients(other, clock),
  }
}

/** Another isolate on the same clock, with bindings of a test's own where it gives some. It keeps nothing in memory unless told, so that tests see KV. */
export const newIsolate = (clock: TestClock, bindings: Partial<Env> = {}, log: Isolate['log'] = () => {}): Isolate =>
  createIsolate({ ...env, ...UNLIMITED, MEMORY_SECONDS: '0', ...bindings }, clock, log)

/** An empty database, two organisations, a key for each role, and the seed. */
export const createHarness = async (bindings: Partial<Env> = {}): Promise<Harness> => {
  await settleAll()
  await reset()
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const demo = await addOrganisation('demo')
  const other = await addOrganisation('other')
  for (const role of ['viewer', 'operator', 'engineer', 'admin'] as const) await addKey(demo, role, role)
  await addKey(other, 'stranger', 'engineer')
  const clock = new TestClock()
  const world = attachClients(newIsolate(clock, bindings), clock)
  for (const { factory } of SEED.factories) await world.engineer.post('/api/factories', factory)
  for (const sprocket of SEED.sprockets) await world.engineer.post('/api/sprockets', sprocket)
  await world.settle()
  world.isolate.memory.recentCommits.clear()
  return world
}

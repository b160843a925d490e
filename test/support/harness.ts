import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApp } from '../../src/app.ts'
import { createIsolate } from '../../src/runtime/isolate.ts'
import type { Env } from '../../src/runtime/env.ts'
import type { Isolate } from '../../src/runtime/isolate.ts'
import { hashApiKey, withChecksum } from '../../src/auth/api-key.ts'
import type { Role } from '../../src/schemas/roles.ts'
import factories from '../../seed/factories.json' with { type: 'json' }
import sprockets from '../../seed/sprockets.json' with { type: 'json' }
import { addDrain, drainAll } from './background-work.ts'
import { TestClock } from './clock.ts'
import { checkStatementColumns } from './columns.ts'
import { checkContract } from './contract.ts'
import { dumpDatabase, resetStorage, restoreDatabase } from './storage.ts'
import type { DatabaseDump } from './storage.ts'
import { UNLIMITED } from './unlimited.ts'

checkStatementColumns()

/** Sends requests without a key, or with a key of some role. */
export interface TestClient {
  get(path: string, headers?: Record<string, string>): Promise<Response>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  delete(path: string, headers?: Record<string, string>): Promise<Response>
  /** Sends any method, body and headers. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>
}

/** Isolates on one clock, with an organisation `demo` that has the seed data and an organisation `other` that is empty. */
export interface Harness {
  clock: TestClock
  isolate: Isolate
  anonymous: TestClient
  viewer: TestClient
  operator: TestClient
  engineer: TestClient
  admin: TestClient
  /** An engineer of the other organisation. */
  otherOrganisation: TestClient
  /** Returns a client with the key of this name, or with this API key. */
  as(key: string | undefined): TestClient
  /** Returns clients of another isolate on the same clock. */
  elsewhere(isolate: Isolate): Harness
  /** Waits for all background work of earlier requests. */
  drain(): Promise<void>
}

export const SEED = { factories: factories.factories, sprockets: sprockets.sprockets }

/** Returns the API key of a name: valid, and the same each time. */
export const apiKeyOf = (name: string): string => {
  let body = ''
  for (let round = 0; body.length < 27; round++) {
    let hash = 0x811c9dc5
    for (const letter of `${round} ${name}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193) >>> 0
    body += hash.toString(36)
  }
  return withChecksum(body.slice(0, 27))
}

/** Adds a key and returns its primary key. */
export const addKey = async (
  organisationPk: number,
  key: string,
  role: Role,
  more: { factories?: string; expires_at?: number; revoked_at?: number } = {},
) => {
  const row =
    await env.DB.prepare(`insert into api_keys (organisation_pk, id, hash, name, role, factories, created_at, expires_at, revoked_at)
    values (?1, (select next_key_id from organisations where pk = ?1), ?2, ?3, ?4, ?5, 0, ?6, ?7) returning pk`)
      .bind(
        organisationPk,
        await hashApiKey(apiKeyOf(key)),
        key,
        role,
        more.factories ?? null,
        more.expires_at ?? null,
        more.revoked_at ?? null,
      )
      .first<{ pk: number }>()
  await env.DB.prepare('update organisations set next_key_id = next_key_id + 1 where pk = ?').bind(organisationPk).run()
  return row!.pk
}

export const addOrganisation = async (slug: string) => {
  const row = await env.DB.prepare('insert into organisations (slug, name, created_at) values (?1, ?1, 0) returning pk')
    .bind(slug)
    .first<{ pk: number }>()
  return row!.pk
}

/** Returns clients of one isolate. */
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
  const drain = async () => {
    while (running.length) {
      const now = running
      running = []
      await Promise.all(now)
    }
  }
  addDrain(drain)
  return {
    clock,
    isolate,
    as,
    drain,
    anonymous: as(undefined),
    viewer: as('viewer'),
    operator: as('operator'),
    engineer: as('engineer'),
    admin: as('admin'),
    otherOrganisation: as('other-engineer'),
    elsewhere: (other) => attachClients(other, clock),
  }
}

/** Returns another isolate on the same clock. Its memory is off by default, so that tests see KV. */
export const newIsolate = (clock: TestClock, bindings: Partial<Env> = {}, log: Isolate['log'] = () => {}): Isolate =>
  createIsolate({ ...env, ...UNLIMITED, MEMORY_SECONDS: '0', ...bindings }, clock, log)

/** Writes two organisations, a key for each role, and the seed data to an empty database. */
const seedDatabase = async (): Promise<void> => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const demo = await addOrganisation('demo')
  const other = await addOrganisation('other')
  for (const role of ['viewer', 'operator', 'engineer', 'admin'] as const) await addKey(demo, role, role)
  await addKey(other, 'other-engineer', 'engineer')
  const clock = new TestClock()
  const { engineer, drain } = attachClients(newIsolate(clock), clock)
  for (const { factory } of SEED.factories) await engineer.post('/api/factories', factory)
  for (const sprocket of SEED.sprockets) await engineer.post('/api/sprockets', sprocket)
  await drain()
}

/** The database as `seedDatabase` leaves it. To restore it takes a tenth of the time. */
let seeded: DatabaseDump | undefined

/** Returns a harness with an otherwise empty database, two organisations, a key for each role, and the seed data. */
export const createHarness = async (bindings: Partial<Env> = {}): Promise<Harness> => {
  await drainAll()
  await resetStorage()
  if (!seeded) {
    await seedDatabase()
    seeded = await dumpDatabase()
    await resetStorage()
  }
  // The first database is restored too, so that tests which compare counts of rows compare equal databases.
  await restoreDatabase(seeded)
  const clock = new TestClock()
  return attachClients(newIsolate(clock, bindings), clock)
}

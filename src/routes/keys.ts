import type { Isolate } from '../runtime/isolate.ts'
import { toPayload } from '../cache/assemble.ts'
import { createKey, revokeKey, rotateKey, updateKey } from '../commands/keys.ts'
import { hashApiKey, generateApiKey } from '../auth/api-key.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { KEYS_PAGE, renderKeyPage, selectKeyPage } from '../queries/key-pages.ts'
import { toKeyResponse, toKeyResource, selectKeyById } from '../queries/keys.ts'
import type { KeyRow } from '../queries/keys.ts'
import { sendFromDatabase, queryPrimary, executeAndReturn, execute, LIGHT_ROWS } from '../http/respond.ts'
import { invalidContent, parse, readJson, assertMatchesPath } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { parseInstantMs } from '../schemas/timestamp.ts'
import { notFound, parseId, parsePage } from '../http/path-params.ts'

/** Made when the first body is to be read: a start does not pay for them. */
const schemas = () => import('../schemas/keys.ts')

/** A rotated key stays valid for a day unless somebody says otherwise: time to reach every device that has it. */
const OVERLAP_SECONDS = 86_400

/** Sends a key. Its tag is that of what can be changed, and weak, because its last use is not in it. */
const sendKey = async (c: AppContext, row: KeyRow) => {
  const { etag } = await toPayload(JSON.stringify(toKeyResource(row)))
  return c.json(toKeyResponse(row), 200, { ETag: `W/${etag}`, 'Cache-Control': 'private, no-cache' })
}

/** Sends a new key with its secret: the only answer that has it. */
const sendNewKey = (c: AppContext, row: KeyRow, key: string) =>
  c.json({ ...toKeyResponse(row), key }, 201, { Location: `/api/key/${row.id}`, 'Cache-Control': 'no-store' })

/** The end that was asked for, Unix ms; undefined where nothing was said. */
const parseExpiry = (given: number | string | null | undefined, now: number): number | null | undefined => {
  if (given == null) return given
  const end = typeof given === 'number' ? given * 1000 : parseInstantMs(given)!
  if (end <= now) throw invalidContent([{ pointer: '#/expires_at', detail: 'This is past; to end a key now, delete it.' }])
  return end
}

/** The reach as it is kept: each factory once, in order, so that the same reach is the same text. */
const normalizeFactories = (given: number[] | null | undefined) => given && [...new Set(given)].toSorted((a, b) => a - b)

/** API keys: handing out, changing, rotating, revoking. */
export const addKeyRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/keys',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'The keys, revoked ones among them',
      headers: ['If-None-Match'],
      schemas: ({ pageQuery, KeyPage }) => ({ query: pageQuery, responses: { 200: { description: 'A page', schema: KeyPage } } }),
    },
    async (c) => {
      const { cursor, limit = KEYS_PAGE } = parsePage(c)
      const { organisation, factories } = c.get('identity')
      return (await sendFromDatabase(
        c,
        isolate,
        LIGHT_ROWS,
        async ({ db, batch }) => renderKeyPage(await batch(selectKeyPage(db, organisation, cursor, limit, factories)), limit),
        { start: 'first-primary' },
      ))!
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'post',
      path: '/api/keys',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'A new key',
      errors: ['outcome-unknown'],
      secret: true,
      schemas: ({ KeyIn, NewKey }) => ({
        body: { 'application/json': KeyIn },
        responses: { 201: { description: 'The key with its secret, which is not shown again', schema: NewKey } },
      }),
    },
    async (c) => {
      const now = isolate.clock.now()
      const { name, role, factories, expires_at } = parse((await schemas()).KeyIn, await readJson(c))
      const grant = { name, role, factories: normalizeFactories(factories) ?? null, expiresAt: parseExpiry(expires_at, now) ?? null }
      const secret = generateApiKey()
      const hash = await hashApiKey(secret)
      const row = await executeAndReturn(c, isolate, (actor) => createKey(actor, grant, hash, now))
      return sendNewKey(c, row, secret)
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/key/{id}',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'A key',
      schemas: ({ idParam, Key }) => ({
        params: idParam,
        responses: { 200: { description: 'The key; its ETag does not count its last use', schema: Key } },
      }),
    },
    async (c) => {
      const { organisation, factories } = c.get('identity')
      const id = parseId(c)
      const [row] = await queryPrimary(c, isolate, async ({ db }) => selectKeyById(db, organisation, id, factories))
      if (!row) throw notFound('key', id)
      return sendKey(c, row)
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'patch',
      path: '/api/key/{id}',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Another name, role, reach or end of a key',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, KeyPatch, Key }) => ({
        params: idParam,
        body: { 'application/merge-patch+json': KeyPatch, 'application/json': KeyPatch },
        responses: { 200: { description: 'The key', schema: Key } },
      }),
    },
    async (c) => {
      const [id, now] = [parseId(c), isolate.clock.now()]
      const body = parse((await schemas()).KeyPatch, await readJson(c, ['application/merge-patch+json', 'application/json']))
      assertMatchesPath('id', body.id, id)
      const given = { name: body.name, role: body.role, factories: normalizeFactories(body.factories), expiresAt: parseExpiry(body.expires_at, now) }
      const row = await executeAndReturn(c, isolate, (actor) => updateKey(actor, id, given, now))
      return sendKey(c, row)
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'post',
      path: '/api/key/{id}/rotate',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Another key in the place of this one, which stays valid for a while',
      errors: ['conflict', 'outcome-unknown'],
      secret: true,
      schemas: ({ idParam, KeyRotation, NewKey }) => ({
        params: idParam,
        body: { 'application/json': KeyRotation },
        bodyOptional: true,
        responses: { 201: { description: 'The new key with its secret, which is not shown again', schema: NewKey } },
      }),
    },
    async (c) => {
      const [id, now] = [parseId(c), isolate.clock.now()]
      const { overlap_seconds = OVERLAP_SECONDS } = parse((await schemas()).KeyRotation, await readJson(c, ['application/json'], {}))
      const secret = generateApiKey()
      const hash = await hashApiKey(secret)
      const row = await executeAndReturn(c, isolate, (actor) => rotateKey(actor, id, hash, overlap_seconds * 1000, now))
      return sendNewKey(c, row, secret)
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'delete',
      path: '/api/key/{id}',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Revoke a key: at once for writes, within 30 seconds for reads',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam }) => ({ params: idParam, responses: { 204: { description: 'It is not valid any more' } } }),
    },
    async (c) => {
      await execute(c, isolate, (actor) => revokeKey(actor, parseId(c), isolate.clock.now()))
      return c.body(null, 204)
    },
  )
}

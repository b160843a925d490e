import { toPayload } from '../cache/assemble.ts'
import { createKey, revokeKey, rotateKey, updateKey } from '../commands/keys.ts'
import { hashApiKey, generateApiKey } from '../auth/api-key.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { KEYS_PAGE, renderKeyPage, selectKeyPage } from '../queries/key-pages.ts'
import { toKeyResponse, toKeyResource, selectKeyById } from '../queries/keys.ts'
import type { KeyRow } from '../queries/keys.ts'
import { sendFromDatabase, queryPrimary, LIGHT_ROWS } from '../http/respond.ts'
import { execute, executeWithoutContent } from '../http/commit-request.ts'
import { parse, readJson, assertMatchesPath } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { notFound, parseId } from '../http/path-params.ts'
import { parsePage } from '../http/query-params.ts'
import { normalizeFactories, parseExpiry } from './key-fields.ts'

/** Loads the schemas with the first body, so that building them does not slow down the start. */
const schemas = () => import('../schemas/keys.ts')

/** Default validity of a rotated key: one day, to update all devices that use it. */
const OVERLAP_SECONDS = 86_400

/** Sends a key. Its entity tag covers only the members that can be changed, and is weak because it does not cover `last_used`. */
const sendKey = async (c: AppContext, row: KeyRow) => {
  const { etag } = await toPayload(JSON.stringify(toKeyResource(row)))
  return c.json(toKeyResponse(row), 200, { ETag: `W/${etag}`, 'Cache-Control': 'private, no-cache' })
}

/** Sends a new key with its secret. No other response contains the secret. */
const sendNewKey = (c: AppContext, row: KeyRow, key: string) =>
  c.json({ ...toKeyResponse(row), key }, 201, { Location: `/api/key/${row.id}`, 'Cache-Control': 'no-store' })

/** Registers the routes of API keys. */
export const addKeyRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/keys',
      operationId: 'listKeys',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'List API keys, including revoked keys',
      headers: ['If-None-Match'],
      schemas: ({ pageQuery, KeyPage }) => ({ query: pageQuery, responses: { 200: { description: 'A page of keys', schema: KeyPage } } }),
    },
    async (c) => {
      const { cursor, limit = KEYS_PAGE } = parsePage(c)
      const { organisationPk, factories } = c.get('identity')
      return (await sendFromDatabase(
        c,
        LIGHT_ROWS,
        async ({ db, batch }) => renderKeyPage(await batch(selectKeyPage(db, organisationPk, cursor, limit, factories)), limit),
        { start: 'first-primary' },
      ))!
    },
  )

  addRoute(
    app,
    {
      method: 'post',
      path: '/api/keys',
      operationId: 'createKey',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Create an API key',
      errors: ['outcome-unknown'],
      secret: true,
      schemas: ({ KeyIn, NewKey }) => ({
        body: { 'application/json': KeyIn },
        responses: { 201: { description: 'The key with its secret, which is shown only once', schema: NewKey } },
      }),
    },
    async (c) => {
      const now = c.get('isolate').clock.now()
      const { name, role, factories, expires_at } = parse((await schemas()).KeyIn, await readJson(c))
      const grant = { name, role, factories: normalizeFactories(factories) ?? null, expiresAt: parseExpiry(expires_at, now) ?? null }
      const secret = generateApiKey()
      const hash = await hashApiKey(secret)
      return execute(
        c,
        (actor) => createKey(actor, grant, hash, now),
        (row) => sendNewKey(c, row, secret),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'get',
      path: '/api/key/{id}',
      operationId: 'getKey',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Get an API key',
      schemas: ({ idParam, Key }) => ({
        params: idParam,
        responses: { 200: { description: 'The key. Its ETag does not cover last_used', schema: Key, headers: { ETag: 'always' } } },
      }),
    },
    async (c) => {
      const { organisationPk, factories } = c.get('identity')
      const id = parseId(c)
      const [row] = await queryPrimary(c, async ({ db }) => selectKeyById(db, organisationPk, id, factories))
      if (!row) throw notFound('key', id)
      return sendKey(c, row)
    },
  )

  addRoute(
    app,
    {
      method: 'patch',
      path: '/api/key/{id}',
      operationId: 'updateKey',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Update the name, role, factories or expiry of an API key',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, KeyPatch, Key }) => ({
        params: idParam,
        body: { 'application/merge-patch+json': KeyPatch, 'application/json': KeyPatch },
        responses: { 200: { description: 'The key', schema: Key, headers: { ETag: 'always' } } },
      }),
    },
    async (c) => {
      const [id, now] = [parseId(c), c.get('isolate').clock.now()]
      const body = parse((await schemas()).KeyPatch, await readJson(c, ['application/merge-patch+json', 'application/json']))
      assertMatchesPath('id', body.id, id)
      const patch = {
        name: body.name,
        role: body.role,
        factories: normalizeFactories(body.factories),
        expiresAt: parseExpiry(body.expires_at, now),
      }
      return execute(
        c,
        (actor) => updateKey(actor, id, patch, now),
        (row) => sendKey(c, row),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'post',
      path: '/api/key/{id}/rotate',
      operationId: 'rotateKey',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Rotate an API key: create its replacement and let the old key expire',
      errors: ['conflict', 'outcome-unknown'],
      secret: true,
      schemas: ({ idParam, KeyRotation, NewKey }) => ({
        params: idParam,
        body: { 'application/json': KeyRotation },
        bodyOptional: true,
        responses: { 201: { description: 'The new key with its secret, which is shown only once', schema: NewKey } },
      }),
    },
    async (c) => {
      const [id, now] = [parseId(c), c.get('isolate').clock.now()]
      const { overlap_seconds = OVERLAP_SECONDS } = parse((await schemas()).KeyRotation, await readJson(c, ['application/json'], {}))
      const secret = generateApiKey()
      const hash = await hashApiKey(secret)
      return execute(
        c,
        (actor) => rotateKey(actor, id, hash, overlap_seconds * 1000, now),
        (row) => sendNewKey(c, row, secret),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'delete',
      path: '/api/key/{id}',
      operationId: 'revokeKey',
      role: 'admin',
      scope: 'key',
      tag: 'Keys',
      summary: 'Revoke an API key, immediately for writes and within 30 seconds for reads',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam }) => ({ params: idParam, responses: { 204: { description: 'Revoked' } } }),
    },
    (c) => executeWithoutContent(c, (actor) => revokeKey(actor, parseId(c), c.get('isolate').clock.now())),
  )
}

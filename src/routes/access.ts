import { toPayload } from '../cache/assemble.ts'
import type { App } from '../middleware/app-env.ts'
import { inSeconds } from '../queries/keys.ts'
import { addRoute } from '../http/add-route.ts'
import { sendPayload } from '../http/respond.ts'

/**
 * Registers the route that shows what the client may do, so that a program can offer only that. It needs no query: a change of the key
 * is visible after at most 30 s, when the cached identity ends.
 */
export const addAccessRoute = (app: App): void =>
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/access',
      operationId: 'getAccess',
      role: 'viewer',
      scope: 'key',
      tag: 'Keys',
      summary: 'Get the role and the scope of the request',
      headers: ['If-None-Match'],
      schemas: ({ Access }) => ({ responses: { 200: { description: 'The role and the scope', schema: Access } } }),
    },
    async (c) => {
      const { slug, role, keyId, factories, expiresAt } = c.get('identity')
      const access = { organisation: slug, role, key: keyId, factories, expires_at: inSeconds(expiresAt) }
      return sendPayload(c, { ...(await toPayload(JSON.stringify(access))), status: 'memory; hit' })
    },
  )

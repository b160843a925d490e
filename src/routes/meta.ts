import packageJson from '../../package.json' with { type: 'json' }
import { toPayload } from '../cache/assemble.ts'
import type { Payload } from '../cache/assemble.ts'
import type { App } from '../middleware/app-env.ts'
import { sendPayload } from '../http/respond.ts'
import { addRoute, listContracts } from '../http/add-route.ts'
import { addReadyRoute } from './ready.ts'

/** Registers liveness, readiness and the OpenAPI document. */
export const addMetaRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'get',
      path: '/health',
      operationId: 'getHealth',
      role: 'open',
      scope: 'public',
      tag: 'Meta',
      summary: 'Check liveness: the Worker runs (no query of database or KV)',
      schemas: ({ Health }) => ({ responses: { 200: { description: 'The Worker runs', schema: Health } } }),
    },
    (c) =>
      c.json({ name: packageJson.name, message: 'ready for queries and writes', status: 'pass', version: packageJson.version }, 200, {
        'Cache-Control': 'no-store',
      }),
  )

  addReadyRoute(app)

  let openApi: Promise<Payload> | undefined
  const renderOpenApi = async () => {
    const { buildOpenApi } = await import('../http/openapi.ts')
    return toPayload(JSON.stringify(buildOpenApi(listContracts(app))))
  }
  addRoute(
    app,
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'getOpenApi',
      role: 'open',
      scope: 'public',
      tag: 'Meta',
      summary: 'Get this OpenAPI document',
      headers: ['If-None-Match'],
      schemas: ({ OpenApi }) => ({ responses: { 200: { description: 'The OpenAPI document', schema: OpenApi } } }),
    },
    // Rendered once, because all routes are registered before the first request.
    async (c) => sendPayload(c, await (openApi ??= renderOpenApi())),
  )
}

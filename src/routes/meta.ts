import packageJson from '../../package.json' with { type: 'json' }
import type { Payload, Isolate } from '../runtime/isolate.ts'
import { toPayload } from '../cache/assemble.ts'
import type { App } from '../middleware/app-env.ts'
import { sendPayload } from '../http/respond.ts'
import { addRoute, contractsOf } from '../http/add-route.ts'
import { addReadyRoute } from './ready.ts'

/** Whether the service lives, whether it can work, and what it offers. */
export const addMetaRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/health',
      role: 'open',
      scope: 'public',
      tag: 'Meta',
      summary: 'Whether the Worker runs; asks nothing but itself',
      schemas: ({ Health }) => ({ responses: { 200: { description: 'It runs', schema: Health } } }),
    },
    (c) =>
      c.json({ name: packageJson.name, message: 'ready for queries and writes', status: 'pass', version: packageJson.version }, 200, {
        'Cache-Control': 'no-store',
      }),
  )

  addReadyRoute(app, isolate)

  let contract: Promise<Payload> | undefined
  const word = async () => {
    const { buildOpenApi } = await import('../http/openapi.ts')
    return toPayload(JSON.stringify(buildOpenApi(contractsOf(app))))
  }
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/openapi.json',
      role: 'open',
      scope: 'public',
      tag: 'Meta',
      summary: 'This contract',
      headers: ['If-None-Match'],
      schemas: ({ OpenApi }) => ({ responses: { 200: { description: 'The contract', schema: OpenApi } } }),
    },
    // Made once: by now every route is registered, and none comes while the isolate lives.
    async (c) => sendPayload(c, await (contract ??= word())),
  )
}

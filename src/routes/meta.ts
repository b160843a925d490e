import packageJson from '../../package.json' with { type: 'json' }
import type { Assembled, Isolate } from '../isolate.ts'
import { pack } from '../cache/assemble.ts'
import type { App } from '../middleware/context.ts'
import { POLICIES_IN_WORDS } from '../middleware/policies.ts'
import { LIMITS_IN_WORDS } from '../schemas/limits.ts'
import { Health, OpenApi } from '../schemas/meta.ts'
import { send } from './answer.ts'
import { addRoute, contractOf } from './define.ts'
import { addReadyRoute } from './ready.ts'

/** What the contract says of itself. The server is where it was read from, so that it is the same wherever that is. */
const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'Sprocket telemetry',
    version: packageJson.version,
    description: [
      'Production of sprockets against the goal, for each factory, and a catalogue of sprocket types. Ids count from 0 within an organisation.',
      LIMITS_IN_WORDS,
      POLICIES_IN_WORDS,
    ].join(' '),
    license: { name: 'All rights reserved', identifier: 'LicenseRef-Proprietary' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Factories', description: 'Who makes sprockets: list, one, names and time zones' },
    { name: 'Readings', description: 'How many were made against how many were to be made, over time' },
    { name: 'Sprockets', description: 'The catalogue of sprocket types' },
    { name: 'Keys', description: 'Who may do what: handing out, rotating and revoking API keys' },
    { name: 'Organisation', description: 'The organisation itself, and the log of what was changed in it' },
    { name: 'Meta', description: 'The service itself' },
  ],
}

/** Whether the service lives, whether it can work, and what it offers. */
export const addMetaRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/health',
      role: 'open',
      reach: 'none',
      tag: 'Meta',
      summary: 'Whether the Worker runs; asks nothing but itself',
      answers: { 200: { description: 'It runs', schema: Health } },
    },
    (c) => c.json({ status: 'ok', version: packageJson.version }, 200, { 'Cache-Control': 'no-store' }),
  )

  addReadyRoute(app, isolate)

  let contract: Promise<Assembled> | undefined
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/openapi.json',
      role: 'open',
      reach: 'none',
      tag: 'Meta',
      summary: 'This contract',
      headers: ['If-None-Match'],
      answers: { 200: { description: 'The contract', schema: OpenApi } },
    },
    // Made once: by now every route is registered, and none comes while the isolate lives.
    async (c) => send(c, await (contract ??= pack(JSON.stringify(contractOf(app, ABOUT))))),
  )
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. Without one a request is a viewer of the public organisation, where there is one.',
  })
}

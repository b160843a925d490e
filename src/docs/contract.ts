import { createApp } from '../app.ts'
import { listContracts } from '../http/add-route.ts'
import { buildOpenApi } from '../http/openapi.ts'
import type { Env } from '../runtime/env.ts'
import { createIsolate } from '../runtime/isolate.ts'

/** Renders the OpenAPI document as JSON text, without a request: the routes are registered, and no binding is needed. */
export const renderContract = (): string =>
  JSON.stringify(buildOpenApi(listContracts(createApp(createIsolate({} as Env, undefined, () => {})))))

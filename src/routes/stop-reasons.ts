import { replaceStopReasons } from '../commands/stop-reasons.ts'
import { addRoute } from '../http/add-route.ts'
import { parse, readJson } from '../http/decode-body.ts'
import { execute } from '../http/commit-request.ts'
import { sendRepresentation } from '../http/respond.ts'
import type { App } from '../middleware/app-env.ts'
import { renderStopReasons } from '../queries/stop-reasons.ts'

/** Registers the write of the stop reasons. */
export const addStopReasonRoutes = (app: App): void =>
  addRoute(
    app,
    {
      method: 'put',
      path: '/api/stop-reasons',
      operationId: 'replaceStopReasons',
      role: 'engineer',
      scope: 'organisation',
      tag: 'Stops',
      summary: 'Replace the stop reasons of the organisation',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ StopReasons, StopReasonsIn }) => ({
        body: { 'application/json': StopReasonsIn },
        responses: { 200: { description: 'The reasons, as GET returns them', schema: StopReasons, headers: { ETag: 'always' } } },
      }),
    },
    async (c) => {
      const reasons = parse((await import('../schemas/stop-reasons.ts')).StopReasonsIn, await readJson(c))
      return execute(
        c,
        (actor) => replaceStopReasons(actor, reasons),
        (row) => sendRepresentation(c, renderStopReasons(row)),
      )
    },
  )

import { renderStopReasons, selectStopReasons } from '../queries/stop-reasons.ts'
import { defineDocument, ENTITY_INTERVAL_MS } from './document.ts'
import { BY_STOP_REASONS } from './invalidation.ts'

export const stopReasonsDocument = defineDocument({
  path: '/api/stop-reasons',
  operationId: 'listStopReasons',
  role: 'viewer',
  scope: 'catalogue',
  tag: 'Stops',
  summary: 'List the stop reasons of the organisation',
  schemas: ({ StopReasons }) => ({
    responses: {
      200: { description: 'The reasons. Send their ETag as If-Match to replace them', schema: StopReasons, example: { reasons: [] } },
    },
  }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: selectStopReasons,
  render: ([row]) => renderStopReasons(row!),
  invalidatedBy: BY_STOP_REASONS,
})

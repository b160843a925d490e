import { selectSchedule } from '../queries/schedules.ts'
import { renderSchedule } from '../schedule/stored-schedule.ts'
import { defineDocument, ENTITY_INTERVAL_MS } from './document.ts'
import { BY_SCHEDULE } from './invalidation.ts'

export const scheduleDocument = defineDocument({
  path: '/api/factory/{id}/schedule',
  operationId: 'getSchedule',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Shifts',
  summary: 'Get the schedule of a factory: its shifts in each version, and exceptions',
  schemas: ({ idParam, Schedule }) => ({
    params: idParam,
    responses: {
      200: {
        description: 'The schedule. Send its ETag as If-Match to replace it',
        schema: Schedule,
        example: { versions: [], exceptions: [] },
      },
    },
  }),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectSchedule(db, organisationPk, id!),
  render: ([row]) => (row ? renderSchedule(row) : null),
  invalidatedBy: BY_SCHEDULE,
})

import { invalidContent } from '../errors.ts'
import { replaceSchedule } from '../commands/schedules.ts'
import { addRoute } from '../http/add-route.ts'
import { parse, readJson } from '../http/decode-body.ts'
import { execute } from '../http/commit-request.ts'
import { parseId } from '../http/path-params.ts'
import { sendRepresentation } from '../http/respond.ts'
import type { App } from '../middleware/app-env.ts'
import { findScheduleErrors } from '../schedule/schedule-errors.ts'
import { completeSchedule, renderSchedule } from '../schedule/stored-schedule.ts'

/** Registers the write of the schedule of a factory. */
export const addScheduleRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'put',
      path: '/api/factory/{id}/schedule',
      operationId: 'replaceSchedule',
      role: 'engineer',
      scope: 'factory',
      tag: 'Shifts',
      summary: 'Replace the schedule of a factory',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ idParam, Schedule, ScheduleIn }) => ({
        params: idParam,
        body: { 'application/json': ScheduleIn },
        responses: { 200: { description: 'The schedule, as GET returns it', schema: Schedule, headers: { ETag: 'always' } } },
      }),
    },
    async (c) => {
      const id = parseId(c)
      const schedule = completeSchedule(parse((await import('../schemas/schedules.ts')).ScheduleIn, await readJson(c)))
      const errors = findScheduleErrors(schedule)
      if (errors.length > 0) throw invalidContent(errors)
      return execute(
        c,
        (actor) => replaceSchedule(actor, id, schedule),
        (row) => sendRepresentation(c, renderSchedule(row)),
      )
    },
  )
}

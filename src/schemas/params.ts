import { z } from './zod.ts'
import { LIMITS } from './limits.ts'
import { buildSmallInteger, UnixSeconds } from './numbers.ts'
import { Id } from './readings.ts'

export const idParam = z.object({
  id: Id.openapi({ param: { name: 'id', in: 'path', description: 'Id within the organisation, counted from 0' } }),
})
export const timeParam = idParam.extend({
  time: UnixSeconds.openapi({ param: { name: 'time', in: 'path', description: 'Unix seconds' }, example: 1611205958 }),
})

/** The start of a page. */
export const Cursor = z.string().max(64)

/** Query parameters of lists. */
export const pageQuery = z.object({
  cursor: Cursor.optional().openapi({ description: '`next` of the previous page' }),
  limit: buildSmallInteger(1, LIMITS.pageItems).optional().openapi({ description: 'Maximum number of items on the page' }),
})

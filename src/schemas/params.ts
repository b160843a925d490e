import { z } from '@hono/zod-openapi'
import { LIMITS } from './limits.ts'

/** Path parameters as the OpenAPI document names them. */
export const idParam = z.object({
  id: z
    .int()
    .min(0)
    .openapi({ param: { name: 'id', in: 'path', description: 'Counts from 0 within the organisation' }, example: 1 }),
})
export const timeParam = idParam.extend({
  time: z.int().openapi({ param: { name: 'time', in: 'path', description: 'Unix seconds' }, example: 1611205958 }),
})

/** Query parameters of lists. */
export const pageQuery = z.object({
  cursor: z.string().optional().openapi({ description: '`next` of the page before' }),
  limit: z.int().min(1).max(LIMITS.pageItems).optional().openapi({ description: 'Items on the page' }),
})

import { z } from './zod.ts'
import { LIMITS } from './limits.ts'

export const idParam = z.object({
  id: z
    .int()
    .min(0)
    .openapi({ param: { name: 'id', in: 'path', description: 'Id within the organisation, counted from 0' }, example: 1 }),
})
export const timeParam = idParam.extend({
  time: z.int().openapi({ param: { name: 'time', in: 'path', description: 'Unix seconds' }, example: 1611205958 }),
})

/** Query parameters of lists. */
export const pageQuery = z.object({
  cursor: z.string().optional().openapi({ description: '`next` of the previous page' }),
  limit: z.int().min(1).max(LIMITS.pageItems).optional().openapi({ description: 'Maximum number of items on the page' }),
})

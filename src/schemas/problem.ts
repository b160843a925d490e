import { z } from '@hono/zod-openapi'
import { LIMITS } from './limits.ts'

/** Every error (RFC 9457). `errors` says where the input is wrong, as JSON pointers (RFC 6901). */
export const ProblemDetails = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    request_id: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .max(LIMITS.faults)
      .optional(),
    code: z.string().optional().openapi({ description: 'Under /api/v2 alone: the code that InfluxDB 2 would give' }),
    message: z
      .string()
      .optional()
      .openapi({ description: 'Under /api/v2 alone: `detail` and the first errors, which clients of InfluxDB log' }),
  })
  .openapi('Problem', {
    example: {
      type: 'https://api.example.com/docs/errors#not-found',
      title: 'There is nothing here',
      status: 404,
      detail: 'There is no factory 9.',
      request_id: '4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11',
    },
  })

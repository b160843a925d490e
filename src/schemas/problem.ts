import { z } from './zod.ts'
import { LIMITS } from './limits.ts'
import { buildSmallInteger } from './numbers.ts'

/** The id of a request. */
export const RequestId = z.string().max(100)

/** One invalid place of a request, as a JSON pointer in a URI fragment, and what to do about it. */
export const FieldError = z.object({ pointer: z.string(), detail: z.string() }).openapi('FieldError', {
  example: { pointer: '#/readings/3/time', detail: 'This looks like milliseconds; send seconds.' },
})

/** The body of every error (RFC 9457). `errors` lists invalid places of the input as JSON pointers (RFC 6901). */
export const ProblemDetails = z
  .object({
    type: z.url(),
    title: z.string(),
    status: buildSmallInteger(400, 599),
    detail: z.string(),
    request_id: RequestId,
    errors: z.array(FieldError).max(LIMITS.fieldErrors).optional(),
    code: z.string().optional().openapi({ description: 'Only under /api/v2: the error code of InfluxDB 2' }),
    message: z
      .string()
      .optional()
      .openapi({ description: 'Only under /api/v2: `detail` and the first errors, for the logs of InfluxDB clients' }),
  })
  .openapi('Problem', {
    example: {
      type: 'https://api.example.com/docs/errors#not-found',
      title: 'Resource not found',
      status: 404,
      detail: 'Factory 9 not found.',
      request_id: '4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11',
    },
  })

export type ProblemDetails = z.output<typeof ProblemDetails>

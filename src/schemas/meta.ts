import { z } from '@hono/zod-openapi'

/** That the Worker runs, and which, in the members that clients of InfluxDB read. */
export const Health = z
  .object({ name: z.string(), message: z.string(), status: z.literal('pass'), version: z.string() })
  .openapi('Health', {
    example: { name: 'sprocket-telemetry', message: 'ready for queries and writes', status: 'pass', version: '1.0.0' },
  })

/** What a Worker that can do its work finds; members are null where they could not be found out. */
export const Ready = z
  .object({
    status: z.enum(['ready', 'not ready']),
    problems: z.array(z.string()).openapi({ description: 'What is wrong, a sentence each; empty if the Worker is ready' }),
    /** `failed`, or the code of the error that requests get. */
    database: z.enum(['ok', 'failed', 'not-migrated', 'quota-exceeded', 'database-full']),
    kv: z.enum(['ok', 'failed', 'quota-exceeded']),
    /** Limits of the platform that are exceeded, or were within the last minutes. */
    limits: z.array(z.enum(['rows-read', 'rows-written', 'kv-operations', 'database-size', 'account-storage'])),
    /** Seconds since cron last finished. */
    seconds_since_cron: z.number().nullable(),
    copies: z
      .object({
        dirty: z.int().openapi({ description: 'Payloads that wait to be published; 1,000 stands for that many or more' }),
        oldest_dirty_seconds: z.number().nullable(),
      })
      .nullable(),
    database_bytes: z.object({ used: z.int(), limit: z.int() }).nullable(),
  })
  .openapi('Ready', {
    example: {
      status: 'ready',
      problems: [],
      database: 'ok',
      kv: 'ok',
      limits: [],
      seconds_since_cron: 12,
      copies: { dirty: 0, oldest_dirty_seconds: null },
      database_bytes: { used: 143360, limit: 10737418240 },
    },
  })
export type Readiness = z.output<typeof Ready>

/** An OpenAPI 3.1 document. */
export const OpenApi = z
  .looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) })
  .openapi('OpenApi', { example: { openapi: '3.1.0', info: { title: 'Sprocket telemetry', version: '1.0.0' } } })

/** An SVG picture. */
export const Picture = z
  .string()
  .openapi('Picture', { description: 'An SVG document', example: '<svg xmlns="http://www.w3.org/2000/svg"/>' })

/** Comma-separated values with a header (RFC 4180). */
export const Csv = z.string().openapi('Csv', {
  description: 'Lines of comma-separated values after a header; an empty field is not known',
  example: 'time,iso_time,actual,goal\r\n1611205958,2021-01-21T05:12:38Z,30,32\r\n',
})

/** One JSON object to a line. */
export const Ndjson = z.string().openapi('Ndjson', {
  description: 'A JSON object on each line',
  example: '{"time":1611205958,"actual":30,"goal":32}\n',
})

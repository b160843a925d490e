import { buildSmallInteger, Count, Integer } from './numbers.ts'
import { z } from './zod.ts'

/** Liveness of the Worker and its version, in the members that clients of InfluxDB read. */
export const Health = z
  .object({ name: z.string(), message: z.string(), status: z.literal('pass'), version: z.string() })
  .openapi('Health', {
    example: { name: 'sprocket-telemetry', message: 'ready for queries and writes', status: 'pass', version: '1.0.0' },
  })

/** A limit of the platform. */
const PlatformLimit = z.enum(['rows-read', 'rows-written', 'kv-operations', 'database-size', 'account-storage']).openapi('PlatformLimit')

/** Stale cache entries that wait to be published. */
const StaleEntries = z
  .object({
    dirty: buildSmallInteger(0, 1_000).openapi({ description: 'Number of stale cache entries; 1,000 means 1,000 or more' }),
    oldest_dirty_seconds: Count.nullable(),
  })
  .openapi('StaleEntries')

/** The size of the database in bytes. */
const DatabaseSize = z.object({ used: Count, limit: Count }).openapi('DatabaseSize')

/** Readiness of the Worker. A member is null if its probe failed. */
export const Ready = z
  .object({
    status: z.enum(['ready', 'not ready']),
    problems: z.array(z.string()).max(5).openapi({ description: 'One sentence per problem; empty if the Worker is ready' }),
    /** `failed`, or the code of the error that requests get. */
    database: z.enum(['ok', 'failed', 'not-migrated', 'quota-exceeded', 'database-full']),
    kv: z.enum(['ok', 'failed', 'quota-exceeded']),
    /** Platform limits that are exceeded now or were exceeded within the last minutes. */
    limits: z.array(PlatformLimit).max(PlatformLimit.options.length),
    /** Seconds since cron last finished. */
    seconds_since_cron: Integer.nullable(),
    copies: z.union([StaleEntries, z.null()]),
    database_bytes: z.union([DatabaseSize, z.null()]),
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
  .looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }).openapi('OpenApiInfo') })
  .openapi('OpenApi', { example: { openapi: '3.1.0', info: { title: 'Sprocket telemetry', version: '1.0.0' } } })

/** A chart as SVG. */
export const Picture = z
  .string()
  .openapi('Picture', { description: 'An SVG document', example: '<svg xmlns="http://www.w3.org/2000/svg"/>' })

/** Comma-separated values with a header (RFC 4180). */
export const Csv = z.string().openapi('Csv', {
  description: 'Comma-separated values after a header line; an empty field means an unknown value',
  example: 'time,iso_time,actual,goal\r\n1611205958,2021-01-21T05:12:38Z,30,32\r\n',
})

/** A list as comma-separated values with a header (RFC 4180). */
export const ListCsv = z.string().openapi('ListCsv', {
  description:
    'Comma-separated values after a header line; an empty field means an unknown value. A text that a spreadsheet would take for a formula begins with an apostrophe',
  example: 'from,iso_from,to,iso_to,seconds\r\n1611206018,2021-01-21T05:13:38Z,1611207218,2021-01-21T05:33:38Z,1200\r\n',
})

/** One JSON object per line. */
export const Ndjson = z.string().openapi('Ndjson', {
  description: 'One JSON object per line',
  example: '{"time":1611205958,"actual":30,"goal":32}\n',
})

export type Csv = z.output<typeof Csv>
export type ListCsv = z.output<typeof ListCsv>
export type Ndjson = z.output<typeof Ndjson>
export type Picture = z.output<typeof Picture>
export type Health = z.output<typeof Health>
export type Ready = z.output<typeof Ready>
export type OpenApi = z.output<typeof OpenApi>

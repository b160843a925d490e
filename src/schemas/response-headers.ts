import { CHART_RESOLUTIONS } from './resolutions.ts'

const text = { type: 'string' as const }
const count = { type: 'integer' as const, format: 'int32', minimum: 0, maximum: 2_147_483_647 }

/** Every response header of the API. The OpenAPI document takes its headers from this table. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': {
    description: 'Id of the request, as in the log and in problems: the id that the client sent, or a new one',
    schema: { ...text, maxLength: 100 },
    example: '4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11',
  },
  'RateLimit-Policy': {
    description: 'Quotas of the key, or of the address of a request without a key: name, requests (q) and seconds (w)',
    schema: text,
    example: '"read";q=24000;w=60, "write";q=6000;w=60',
  },
  'Server-Timing': { description: 'Milliseconds spent in memory, KV, D1 or the Worker', schema: text, example: 'kv;dur=4' },
  'Cache-Control': {
    description: 'Forbids caches to store the response, or requires that they check it with the server before each use',
    schema: text,
    example: 'private, no-cache',
  },
  Vary: { description: 'Request headers that select the response', schema: text, example: 'Authorization, Accept' },
  'X-Content-Type-Options': { description: 'Tells browsers to use the stated media type', schema: text, example: 'nosniff' },
  'Access-Control-Allow-Origin': { description: 'Allows pages of all origins to read the response', schema: text, example: '*' },
  'Access-Control-Expose-Headers': {
    description: 'Response headers that pages of other origins may read',
    schema: text,
    example: 'ETag,Link,Location',
  },
  'Timing-Allow-Origin': { description: 'Allows pages of all origins to read Server-Timing', schema: text, example: '*' },
  'Strict-Transport-Security': {
    description: 'Tells browsers to use only https. Absent on local hosts',
    schema: text,
    example: 'max-age=31536000; includeSubDomains',
  },
  'Repr-Digest': {
    description: 'Digest of the body (RFC 9530), if the request has Want-Repr-Digest. A streamed body has none',
    schema: text,
    example: 'sha-256=:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:',
  },
  ETag: {
    description: 'Entity tag of the state, for If-None-Match and If-Match',
    schema: text,
    example: '"9xbMtBbyyLVKaYkn2OVPRQ"',
  },
  'Cache-Status': {
    description: 'Where the payload comes from (RFC 9211): memory, KV, or the database if there is fwd=',
    schema: text,
    example: 'kv; hit',
  },
  Link: {
    description: 'The next or previous page of the range (RFC 8288). Absent for the only page',
    schema: text,
    example: '</api/factory/1/chart-data?to=1611204818>; rel="prev"',
  },
  'X-Resolution': {
    description: 'The points of the chart: readings, or sums per local hour, local day or shift',
    schema: { ...text, enum: [...CHART_RESOLUTIONS] },
    example: 'raw',
  },
  'Content-Disposition': { description: 'File name for a download', schema: text, example: 'attachment; filename="factory-1.csv"' },
  'Content-Security-Policy': {
    description: 'Allows only the style of the chart when a browser opens it',
    schema: text,
    example: "default-src 'none'",
  },
  Location: { description: 'Path of the created resource', schema: { ...text, format: 'uri-reference' }, example: '/api/factory/3' },
  'x-d1-bookmark': {
    description: 'Bookmark of the database after the write. A read that sends it includes the write',
    schema: text,
    example: '00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683',
  },
  'Idempotent-Replayed': {
    description: 'Present if the Idempotency-Key was used before and this is the result of the first request',
    schema: { ...text, enum: ['true'] },
    example: 'true',
  },
  'Preference-Applied': {
    description: 'The preferences of Prefer that the response honours. Absent if there are none',
    schema: text,
    example: 'handling=lenient',
  },
  'X-Refused-Count': {
    description: 'Number of lines that were not stored, with `Prefer: handling=lenient`. Absent if all are stored',
    schema: count,
    example: 2,
  },
  'X-Refused-Lines': {
    description: 'The first line numbers that were not stored, at most 50. Absent if all are stored',
    schema: text,
    example: '3, 17',
  },
  'X-Influxdb-Version': {
    description: 'The InfluxDB version whose write API is supported',
    schema: text,
    example: '2.0.0',
  },
  'Retry-After': { description: 'Seconds to wait before the next attempt', schema: count, example: 60 },
  'WWW-Authenticate': {
    description: 'The scheme of API keys, and the error of the sent key (RFC 6750)',
    schema: text,
    example: 'Bearer error="invalid_token"',
  },
  Accept: { description: 'Supported media types. Absent if the media type is not the cause', schema: text, example: 'application/json' },
  'Accept-Encoding': { description: 'Supported content codings, if Content-Encoding is the cause', schema: text, example: 'gzip' },
}

export type ResponseHeader = keyof typeof RESPONSE_HEADERS

/** Headers of a response: `always`, or `sometimes` if its description says when. */
export type ResponseHeaders = Partial<Record<ResponseHeader, 'always' | 'sometimes'>>

import { z } from '@hono/zod-openapi'
import { Name } from './names.ts'

const slug = z.string().openapi({ description: 'The name of the organisation in addresses and variables; it never changes' })
const Seconds = z.int().openapi({ description: 'Unix seconds' })

/** Who an organisation is. */
export const Organisation = z
  .object({ slug, name: z.string(), created_at: Seconds })
  .openapi('Organisation', { example: { slug: 'demo', name: 'Demo Works', created_at: 1767225600 } })

/** A merge patch (RFC 7396) of an organisation. */
export const OrganisationPatch = z.strictObject({ name: Name.optional() }).openapi('OrganisationPatch', { example: { name: 'Demo Works' } })

/** What is sent to delete an organisation: its slug, so that nobody does so by accident. */
export const OrganisationEnd = z.strictObject({ confirm: z.string() }).openapi('OrganisationEnd', { example: { confirm: 'demo' } })

const AuditEntry = z.object({
  at: Seconds,
  subject: z.enum(['factory', 'readings', 'sprocket', 'key', 'organisation']),
  verb: z.string(),
  target: z.string().openapi({ description: 'Path of what was changed' }),
  key: z.int().nullable().openapi({ description: 'Id of the key that did it; null for an operator' }),
  before: z.unknown().openapi({ description: 'What it was; of readings at most 100. null where it was not' }),
  after: z.unknown().openapi({ description: 'What it became, or of readings that were added how many and when. null where it is no more' }),
  user_agent: z.string().nullable(),
  country: z.string().nullable(),
  request_id: z.string(),
})

/** A page of the log, newest first. */
export const AuditPage = z.object({ entries: z.array(AuditEntry), next: z.string().nullable() }).openapi('AuditPage', {
  example: {
    entries: [
      {
        at: 1767312000,
        subject: 'key',
        verb: 'created',
        target: '/api/key/4',
        key: 3,
        before: null,
        after: { id: 4, name: 'Gateway North', role: 'operator', factories: [0, 1], expires_at: 1893456000 },
        user_agent: 'curl/8.9.1',
        country: 'DE',
        request_id: '4d0a6f0e-6f0c-4b6e-9f43-0d7c4c4f2b11',
      },
    ],
    next: null,
  },
})

import { z } from './zod.ts'
import { Name } from './names.ts'

const slug = z.string().openapi({ description: 'Identifier of the organisation in URLs and configuration; it never changes' })
const Seconds = z.int().openapi({ description: 'Unix seconds' })

/** Slug, name and creation time of an organisation. */
export const Organisation = z
  .object({ slug, name: z.string(), created_at: Seconds })
  .openapi('Organisation', { example: { slug: 'demo', name: 'Demo Works', created_at: 1767225600 } })

/** A merge patch (RFC 7396) of an organisation. */
export const OrganisationPatch = z.strictObject({ name: Name.optional() }).openapi('OrganisationPatch', { example: { name: 'Demo Works' } })

/** Confirmation of a deletion. It repeats the slug, which prevents accidental deletion. */
export const OrganisationEnd = z.strictObject({ confirm: z.string() }).openapi('OrganisationEnd', { example: { confirm: 'demo' } })

const AuditEntry = z.object({
  at: Seconds,
  subject: z.enum(['factory', 'readings', 'sprocket', 'key', 'organisation']),
  verb: z.string(),
  target: z.string().openapi({ description: 'Path of the changed resource' }),
  key: z.int().nullable().openapi({ description: 'Id of the key that made the change; null for an operator' }),
  before: z.unknown().openapi({ description: 'State before the change, with at most 100 readings; null if the resource did not exist' }),
  after: z.unknown().openapi({
    description: 'State after the change; for added readings, their number and time range. null if the resource was deleted',
  }),
  user_agent: z.string().nullable(),
  country: z.string().nullable(),
  request_id: z.string(),
})

/** A page of the audit log, newest first. */
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

export type OrganisationPatch = z.input<typeof OrganisationPatch>
export type OrganisationEnd = z.input<typeof OrganisationEnd>
export type Organisation = z.output<typeof Organisation>
export type AuditPage = z.output<typeof AuditPage>

import { z } from './zod.ts'
import { LIMITS } from './limits.ts'
import { Name, StoredName } from './names.ts'
import { UnixSeconds } from './numbers.ts'
import { RequestId } from './problem.ts'
import { Cursor } from './params.ts'
import { Id } from './readings.ts'

/** Maximum length of a slug. */
export const SLUG_CHARACTERS = 63

/** The identifier of an organisation. */
export const Slug = z
  .string()
  .max(SLUG_CHARACTERS)
  .openapi({ description: 'Identifier of the organisation in URLs and configuration; it never changes' })

/** The user agent of a client, cut to 200 characters. */
export const UserAgent = z.string().max(200)

/** The country that Cloudflare determined (ISO 3166-1, or T1 for Tor). */
export const Country = z.string().max(2)

/** Slug, name and creation time of an organisation. */
export const Organisation = z
  .object({ slug: Slug, name: StoredName, created_at: UnixSeconds })
  .openapi('Organisation', { example: { slug: 'demo', name: 'Demo Works', created_at: 1767225600 } })

/** A merge patch (RFC 7396) of an organisation. */
export const OrganisationPatch = z.strictObject({ name: Name.optional() }).openapi('OrganisationPatch', { example: { name: 'Demo Works' } })

/** Confirmation of a deletion. It repeats the slug, which prevents accidental deletion. */
export const OrganisationEnd = z
  .strictObject({ confirm: z.string().openapi({ maxLength: SLUG_CHARACTERS }) })
  .openapi('OrganisationEnd', { example: { confirm: 'demo' } })

/** The kind of resource that a change concerns. */
export const AuditSubject = z
  .enum(['factory', 'schedule', 'readings', 'stop-reasons', 'stop-annotation', 'sprocket', 'key', 'organisation'])
  .openapi('AuditSubject')

/** One change: its time, kind and cause, and the state before and after it. */
export const AuditEntry = z
  .object({
    at: UnixSeconds,
    subject: AuditSubject,
    verb: z.string(),
    target: z.string().openapi({ description: 'Path of the changed resource' }),
    key: Id.nullable().openapi({ description: 'Id of the key that made the change; null for an operator' }),
    before: z
      .nonoptional(z.unknown())
      .openapi({ description: 'State before the change, with at most 100 readings; null if the resource did not exist' }),
    after: z.nonoptional(z.unknown()).openapi({
      description: 'State after the change; for added readings, their number and time range. null if the resource was deleted',
    }),
    user_agent: UserAgent.nullable(),
    country: Country.nullable(),
    request_id: RequestId,
  })
  .openapi('AuditEntry')

/** A page of the audit log, newest first. */
export const AuditPage = z.object({ entries: z.array(AuditEntry).max(LIMITS.pageItems), next: Cursor.nullable() }).openapi('AuditPage', {
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

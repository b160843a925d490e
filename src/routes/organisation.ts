import { invalidContent, invalidQueryParam } from '../errors.ts'
import { deleteOrganisation, updateOrganisation } from '../commands/organisations.ts'
import type { Subject } from '../db/domain-events.ts'
import type { App, AppContext } from '../middleware/app-env.ts'
import { mayEndEarly, renderAudit, selectAudit, selectLastScanned, selectStart } from '../queries/audit.ts'
import type { AuditQuery } from '../queries/audit.ts'
import { isId } from '../schemas/ids.ts'
import { inSeconds } from '../queries/keys.ts'
import { renderOrganisation, selectOrganisationByPk } from '../queries/organisations.ts'
import { sendFromDatabase, sendRepresentation, LIGHT_ROWS } from '../http/respond.ts'
import { execute } from '../http/commit-request.ts'
import { parse, readJson } from '../http/decode-body.ts'
import { addRoute } from '../http/add-route.ts'
import { parseLimit } from '../http/query-params.ts'

/** Loads the schemas with the first body, so that building them does not slow down the start. */
const schemas = () => import('../schemas/organisation.ts')

/** Subjects of audit entries. */
const SUBJECTS = [
  'factory',
  'schedule',
  'readings',
  'stop-reasons',
  'stop-annotation',
  'sprocket',
  'key',
  'organisation',
] as const satisfies Subject[]

/** Default page size of the audit log. */
const AUDIT_PAGE = 50

const parseAuditQuery = (c: AppContext): AuditQuery => {
  const { cursor, subject, key } = c.req.query()
  if (subject !== undefined && !SUBJECTS.includes(subject as Subject))
    throw invalidQueryParam('subject', `Unknown value. Send one of ${SUBJECTS.join(', ')}.`)
  if (key !== undefined && !isId(key)) throw invalidQueryParam('key', 'Invalid value. Send the id of a key.')
  return {
    limit: parseLimit(c) ?? AUDIT_PAGE,
    after: cursor,
    subject: subject as Subject | undefined,
    key: key === undefined ? undefined : Number(key),
  }
}

/** Registers the routes of the organisation of the key, and its audit log. */
export const addOrganisationRoutes = (app: App): void => {
  addRoute(
    app,
    {
      method: 'get',
      path: '/api/organisation',
      operationId: 'getOrganisation',
      role: 'admin',
      scope: 'organisation',
      tag: 'Organisation',
      summary: 'Get the organisation of the key',
      headers: ['If-None-Match'],
      schemas: ({ Organisation }) => ({ responses: { 200: { description: 'The organisation', schema: Organisation } } }),
    },
    async (c) => {
      const { organisationPk } = c.get('identity')
      return (await sendFromDatabase(
        c,
        LIGHT_ROWS,
        async ({ db }) => renderOrganisation((await selectOrganisationByPk(db, organisationPk))[0]!),
        { start: 'first-primary' },
      ))!
    },
  )

  addRoute(
    app,
    {
      method: 'patch',
      path: '/api/organisation',
      operationId: 'updateOrganisation',
      role: 'admin',
      scope: 'organisation',
      tag: 'Organisation',
      summary: 'Rename the organisation',
      headers: ['If-Match', 'If-None-Match'],
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ OrganisationPatch, Organisation }) => ({
        body: { 'application/merge-patch+json': OrganisationPatch, 'application/json': OrganisationPatch },
        responses: { 200: { description: 'The organisation', schema: Organisation, headers: { ETag: 'always' } } },
      }),
    },
    async (c) => {
      const patch = parse((await schemas()).OrganisationPatch, await readJson(c, ['application/merge-patch+json', 'application/json']))
      return execute(
        c,
        (actor) => updateOrganisation(actor, patch),
        (row) => sendRepresentation(c, renderOrganisation(row)),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'delete',
      path: '/api/organisation',
      operationId: 'deleteOrganisation',
      role: 'admin',
      scope: 'organisation',
      tag: 'Organisation',
      summary: 'Delete the organisation and all its data irreversibly',
      headers: ['If-Match', 'If-None-Match'],
      takesBody: true,
      errors: ['conflict', 'outcome-unknown'],
      schemas: ({ OrganisationEnd, Organisation }) => ({
        body: { 'application/json': OrganisationEnd },
        responses: { 202: { description: 'All keys are revoked, and the data is being removed', schema: Organisation } },
      }),
    },
    async (c) => {
      const { confirm } = parse((await schemas()).OrganisationEnd, await readJson(c))
      const { slug } = c.get('identity')
      if (confirm !== slug)
        throw invalidContent([{ pointer: '#/confirm', detail: `Wrong confirmation. To delete the organisation, send its slug: ${slug}.` }])
      return execute(
        c,
        (actor) => deleteOrganisation(actor, c.get('isolate').clock.now()),
        (row) => c.json({ slug, name: row.name, created_at: inSeconds(row.created_at) }, 202),
      )
    },
  )

  addRoute(
    app,
    {
      method: 'get',
      path: '/api/audit-log',
      operationId: 'listAuditEntries',
      role: 'admin',
      scope: 'organisation',
      tag: 'Organisation',
      summary: 'List the entries of the audit log, newest first',
      headers: ['If-None-Match'],
      schemas: ({ pageQuery, Id, AuditPage, AuditSubject }) => ({
        query: pageQuery.extend({
          subject: AuditSubject.optional().openapi({ description: 'Only entries of this subject' }),
          key: Id.optional().openapi({ description: 'Only entries of the key with this id' }),
        }),
        responses: { 200: { description: 'A page of the audit log', schema: AuditPage } },
      }),
    },
    async (c) => {
      const { organisationPk } = c.get('identity')
      const query = parseAuditQuery(c)
      return (await sendFromDatabase(
        c,
        LIGHT_ROWS,
        async ({ db, batch }) => {
          const [[start], rows] = await batch([selectStart(db, organisationPk, query), selectAudit(db, organisationPk, query)])
          if (!start) throw invalidQueryParam('cursor', 'Unknown cursor, or its entry has been deleted. Start again from the first page.')
          const [last] = mayEndEarly(organisationPk, rows, query) ? await selectLastScanned(db, organisationPk, query, start.seq) : []
          return renderAudit(rows, last?.commitId, query)
        },
        { start: 'first-primary' },
      ))!
    },
  )
}

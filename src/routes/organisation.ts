import type { Isolate } from '../isolate.ts'
import { deleteOrganisation, updateOrganisation } from '../commands/organisations.ts'
import type { Subject } from '../db/changes.ts'
import type { App, RequestContext } from '../middleware/context.ts'
import { renderAudit, selectAudit, selectCursor, selectLastLooked } from '../queries/audit.ts'
import type { AuditQuery } from '../queries/audit.ts'
import { inSeconds } from '../queries/keys.ts'
import { renderOrganisation, selectOrganisationByNumber } from '../queries/organisations.ts'
import { AuditPage, Organisation, OrganisationEnd, OrganisationPatch } from '../schemas/organisation.ts'
import { answerFromDatabase, commitAndShow, sendRepresentation } from './answer.ts'
import { invalid, parse, readJson } from './body.ts'
import { addRoute } from './define.ts'
import { auditQuery, limitOf, SUBJECTS, wrongQuery } from './params.ts'

/** Entries to a page of the log, unless the query says otherwise. */
const AUDIT_PAGE = 50

const auditQueryOf = (c: RequestContext): AuditQuery => {
  const { cursor, subject, key } = c.req.query()
  if (subject !== undefined && !SUBJECTS.includes(subject as Subject)) throw wrongQuery('subject', `One of ${SUBJECTS.join(', ')}.`)
  if (key !== undefined && !/^(0|[1-9]\d{0,14})$/.test(key)) throw wrongQuery('key', 'The id of a key.')
  return {
    limit: limitOf(c) ?? AUDIT_PAGE,
    after: cursor,
    subject: subject as Subject | undefined,
    key: key === undefined ? undefined : Number(key),
  }
}

/** The organisation of the key that asks, and the log of what was changed in it. */
export const addOrganisationRoutes = (app: App, isolate: Isolate): void => {
  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/organisation',
      role: 'admin',
      reach: 'organisation',
      tag: 'Organisation',
      summary: 'The organisation of the key',
      headers: ['If-None-Match'],
      answers: { 200: { description: 'The organisation', schema: Organisation } },
    },
    async (c) => {
      const { organisation } = c.get('identity')
      return (await answerFromDatabase(
        c,
        isolate,
        async ({ db }) => renderOrganisation((await selectOrganisationByNumber(db, organisation))[0]!),
        { start: 'first-primary' },
      ))!
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'patch',
      path: '/api/organisation',
      role: 'admin',
      reach: 'organisation',
      tag: 'Organisation',
      summary: 'Rename the organisation',
      headers: ['If-Match'],
      body: { 'application/merge-patch+json': OrganisationPatch, 'application/json': OrganisationPatch },
      errors: ['conflict', 'precondition-failed', 'outcome-unknown'],
      answers: { 200: { description: 'The organisation', schema: Organisation } },
    },
    async (c) => {
      const patch = parse(OrganisationPatch, await readJson(c, ['application/merge-patch+json', 'application/json']))
      const row = await commitAndShow(c, isolate, (author) => updateOrganisation(author, patch))
      return sendRepresentation(c, renderOrganisation(row))
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'delete',
      path: '/api/organisation',
      role: 'admin',
      reach: 'organisation',
      tag: 'Organisation',
      summary: 'Delete the organisation with everything in it; there is no way back',
      headers: ['If-Match'],
      body: { 'application/json': OrganisationEnd },
      errors: ['conflict', 'precondition-failed', 'outcome-unknown'],
      answers: { 202: { description: 'No key is valid any more; what there was is being removed', schema: Organisation } },
    },
    async (c) => {
      const { confirm } = parse(OrganisationEnd, await readJson(c))
      const { slug } = c.get('identity')
      if (confirm !== slug) throw invalid([{ pointer: '#/confirm', detail: `To delete the organisation, send its slug: ${slug}.` }])
      const row = await commitAndShow(c, isolate, (author) => deleteOrganisation(author, isolate.clock.now()))
      return c.json({ slug, name: row.name, created_at: inSeconds(row.created_at) }, 202)
    },
  )

  addRoute(
    app,
    isolate,
    {
      method: 'get',
      path: '/api/audit-log',
      role: 'admin',
      reach: 'organisation',
      tag: 'Organisation',
      summary: 'What was changed, by whom and from where, newest first',
      query: auditQuery,
      headers: ['If-None-Match'],
      answers: { 200: { description: 'A page', schema: AuditPage } },
    },
    async (c) => {
      const { organisation } = c.get('identity')
      const query = auditQueryOf(c)
      return (await answerFromDatabase(
        c,
        isolate,
        async ({ db, batch }) => {
          const [found, rows, last] = await batch([
            selectCursor(db, organisation, query.after ?? ''),
            selectAudit(db, organisation, query),
            selectLastLooked(db, organisation, query),
          ])
          if (query.after !== undefined && found.length === 0)
            throw wrongQuery('cursor', 'Not a cursor that a page gave out, or its entry is no longer kept; begin anew.')
          return renderAudit(rows, last[0]?.commitId, query)
        },
        { start: 'first-primary' },
      ))!
    },
  )
}

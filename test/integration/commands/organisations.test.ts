import { env } from 'cloudflare:workers'
import type { SQL } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { createOrganisation } from '../../../src/commands/organisations.ts'
import { dialect } from '../../../src/db/dialect.ts'
import { REASON } from '../../support/annotations.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the operator creates an organisation once, with its first audit entry, and a rename changes one organisation.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

const run = (statements: SQL[]) =>
  env.DB.batch(
    statements.map((statement) => {
      const { sql, params } = dialect.sqlToQuery(statement)
      return env.DB.prepare(sql).bind(...params)
    }),
  )
const create = (slug: string) => run(createOrganisation(slug, `The ${slug}`, 1_000, { requestId: 'load-1', userAgent: 'npm run load' }))
const readOrganisations = async () =>
  (await env.DB.prepare('select pk, slug, name, created_at from organisations order by pk').all()).results
const readEntries = async (organisationPk: number) =>
  (
    await env.DB.prepare(
      'select commit_seq, at, subject, verb, target, key_pk, request_id, user_agent, after from audit_log where organisation_pk = ?',
    )
      .bind(organisationPk)
      .all()
  ).results

test('createOrganisation adds an organisation and its first audit entry, once', async () => {
  const before = await readOrganisations()
  for (let twice = 0; twice < 2; twice++) await create('plant')
  expect(await readOrganisations()).toEqual([...before, { pk: 3, slug: 'plant', name: 'The plant', created_at: 1_000 }])
  const entry = { commit_seq: 1, at: 1_000, subject: 'organisation', verb: 'created', target: '/api/organisation', key_pk: null }
  const after = JSON.stringify({ slug: 'plant', name: 'The plant' })
  expect(await readEntries(3)).toEqual([{ ...entry, request_id: 'load-1', user_agent: 'npm run load', after }])
})

test('createOrganisation changes nothing if an active organisation has the slug, also one whose audit entries are all old', async () => {
  await env.DB.prepare(`insert into old_audit_log (at, organisation_pk, subject, verb, target, request_id, commit_id)
    values (0, 2, 'organisation', 'created', '/api/organisation', 'x', 'old')`).run()
  const before = [await readOrganisations(), await readEntries(1), await readEntries(2)]
  for (const slug of ['demo', 'other']) await create(slug)
  expect([await readOrganisations(), await readEntries(1), await readEntries(2)]).toEqual(before)
})

test('createOrganisation creates another organisation with the slug of a deleted one', async () => {
  await create('plant')
  await env.DB.prepare('update organisations set deleted_at = 1 where pk = 3').run()
  const before = await readEntries(3)
  await create('plant')
  expect((await readOrganisations()).map(({ slug }) => slug)).toEqual(['demo', 'other', 'plant', 'plant'])
  expect([await readEntries(3), (await readEntries(4)).length]).toEqual([before, 1])
})

test('PATCH /api/organisation renames no other organisation', async () => {
  await harness.admin.patch('/api/organisation', { name: 'Demo Works' })
  expect((await readOrganisations()).map(({ name }) => name)).toEqual(['Demo Works', 'other'])
})

test('PATCH /api/organisation logs a new name, and nothing if the patch has no name or the current one', async () => {
  const entries = async () => (await readEntries(1)).filter(({ subject }) => subject === 'organisation')
  const renamed = { slug: 'demo', name: 'Demo Works', created_at: 0 }
  for (const name of ['Demo Works', undefined, 'Demo Works'])
    expect(await (await harness.admin.patch('/api/organisation', { name })).json()).toEqual(renamed)
  const after = JSON.stringify({ slug: 'demo', name: 'Demo Works' })
  expect(await entries()).toMatchObject([{ verb: 'updated', target: '/api/organisation', after }])
})

test('commands that create and delete a resource count it for its organisation, and for no other', async () => {
  const readCounters = async (pk: number) =>
    env.DB.prepare(`select next_factory_id, next_sprocket_id, next_annotation_id, next_key_id, factory_count, sprocket_count,
      (select count(*) from factories where organisation_pk = pk) as factories, (select count(*) from sprockets where organisation_pk = pk) as sprockets
      from organisations where pk = ?`)
      .bind(pk)
      .first<Record<string, number>>()
  const sprocket = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
  // The resources of the other organisation have the same ids.
  for (let count = 0; count < 6; count++) {
    await harness.otherOrganisation.post('/api/factories', {})
    await harness.otherOrganisation.post('/api/sprockets', sprocket)
  }
  await harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })
  const [own, other] = [await readCounters(1), await readCounters(2)]
  for (const [path, body] of [
    ['/api/factories', {}],
    ['/api/sprockets', sprocket],
    ['/api/factory/1/stop-annotations', { from: 60, to: 120, reason: REASON.code }],
    ['/api/keys', { name: 'x', role: 'viewer' }],
  ] as const) {
    const created = await harness.admin.post(path, body)
    expect((await harness.admin.delete(created.headers.get('Location')!)).status, path).toBe(204)
  }
  expect(await readCounters(2)).toEqual(other)
  const expected = Object.entries(own!).map(([name, count]) => [name, name.startsWith('next_') ? count + 1 : count])
  expect(await readCounters(1)).toEqual(Object.fromEntries(expected))
})

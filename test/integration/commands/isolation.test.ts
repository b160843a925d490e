import { env } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import { targetOf } from '../../invariants/targets.ts'
import { REASON } from '../../support/annotations.ts'
import { addKey, createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { ROUTES } from '../../support/route-table.ts'

// Promise: a write changes only rows of its organisation and of the resource in its path, also if another organisation has the same ids.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  await harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })
  await addKey(2, 'other-admin', 'admin')
  const other = harness.as('other-admin')
  await other.put('/api/stop-reasons', { reasons: [REASON] })
  for (let id = 0; id < SAME_IDS; id++) {
    await other.post('/api/factories', { time_zone: 'Asia/Kathmandu', chart_data: { time: [60], sprocket_production_actual: [1] } })
    await other.post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })
    await other.post(`/api/factory/${id}/stop-annotations`, { from: 60, to: 120, reason: REASON.code })
    await other.post('/api/keys', { name: 'x', role: 'admin' })
  }
  // Retention has trimmed other series. It must not affect writes to the series of this organisation.
  await env.DB.prepare('update series set trimmed_before = 1 where organisation_pk = 2 or factory_id = 0').run()
  await harness.drain()
})
/** Number of resources of each kind that the other organisation has: more than the tests create. */
const SAME_IDS = 40

type Row = Record<string, unknown>
const SERIES = 'join series on series.pk = series_pk'
/** The rows of tables with their organisation, and with the id of their resource if they have one. */
const QUERIES = {
  organisations: 'select pk as organisation, null as id, * from organisations',
  api_keys: 'select organisation_pk as organisation, id, role, name, factories, expires_at, revoked_at from api_keys',
  factories: 'select organisation_pk as organisation, * from factories',
  sprockets: 'select organisation_pk as organisation, * from sprockets',
  stop_annotations: 'select organisation_pk as organisation, * from stop_annotations',
  series: 'select organisation_pk as organisation, factory_id as id, * from series',
  chunks: `select organisation_pk as organisation, factory_id as id, chunks.* from chunks ${SERIES}`,
  daily_sums: `select organisation_pk as organisation, factory_id as id, daily_sums.* from daily_sums ${SERIES}`,
}
const readRows = async (): Promise<Map<string, Row>> => {
  const results = await env.DB.batch<Row>(Object.values(QUERIES).map((sql) => env.DB.prepare(sql)))
  return new Map(
    Object.keys(QUERIES).flatMap((table, index) =>
      results[index]!.results.map((row): [string, Row] => [`${table} ${JSON.stringify(row)}`, { table, ...row }]),
    ),
  )
}
/** Returns the rows that one of the maps lacks. */
const findChanged = (before: Map<string, Row>, after: Map<string, Row>): Row[] =>
  [...new Map([...before, ...after])].flatMap(([key, row]) => (before.has(key) && after.has(key) ? [] : [row]))

const SHIFT = { name: 'Early', days: ['mon'], start: '06:00', end: '14:00' }
const READINGS = { readings: [60, 90_000].map((time) => ({ time, actual: 2 })) }
/** Bodies that change more than those of the route table. */
const BODIES: Record<string, unknown> = {
  'PATCH /api/factory/{id}': { name: 'x', time_zone: 'Europe/Berlin', stop_after_seconds: 600 },
  'PUT /api/factory/{id}/schedule': { versions: [{ valid_from: '1970-01-01', shifts: [SHIFT] }], exceptions: [] },
  'POST /api/factory/{id}/chart-data': READINGS,
  'PUT /api/factory/{id}/chart-data': READINGS,
  'PATCH /api/key/{id}': { name: 'x', role: 'operator', factories: [1], expires_at: '2098-01-01T00:00:00Z' },
  'PATCH /api/sprocket/{id}': { teeth: 6, pitch: 7 },
  'PATCH /api/stop-annotation/{id}': { from: 61, to: 119, note: 'x' },
  'PUT /api/stop-reasons': { reasons: [REASON, { ...REASON, code: 'another' }] },
}
/** Sends a write of the admin. Returns the response and the rows that it changed, none of which is of another organisation. */
const write = async (method: string, path: string, body: unknown) => {
  const before = await readRows()
  const isText = typeof body === 'string'
  const response = await harness.admin.send(method, path, {
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    headers: { 'Content-Type': isText ? 'text/plain' : 'application/json' },
  })
  const changed = findChanged(before, await readRows())
  expect(changed.length).toBeGreaterThan(0)
  expect(changed.filter(({ organisation }) => organisation !== 1)).toEqual([])
  return { response, changed }
}

const WRITES = Object.entries(ROUTES).filter(([route, { accepted }]) => !route.startsWith('GET') && accepted < 300)
const idIn = (path: string) => Number(/\/(\d+)/.exec(path)?.[1])

test.each(WRITES)('%s changes no row of another organisation or resource', async (route, { accepted, body }) => {
  const [method = '', template = ''] = route.split(' ')
  const path = await targetOf(harness, template)
  await harness.drain()
  const { response, changed } = await write(method, path, BODIES[route] ?? body)
  expect(response.status).toBe(accepted)
  // The routes whose path and response have no id write readings of factory 1.
  const created = response.headers.get('Location')
  const ids = template.includes('{id}') || created ? [path, created ?? path].map(idIn) : [1]
  expect(changed.filter(({ id }) => id !== null && !ids.includes(id as number))).toEqual([])
})

test('DELETE /api/organisation changes one row of one organisation', async () => {
  const { response, changed } = await write('DELETE', '/api/organisation', { confirm: 'demo' })
  expect(response.status).toBe(202)
  expect(new Set(changed.map(({ table }) => table))).toEqual(new Set(['organisations']))
})

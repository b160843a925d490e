import { DOCUMENTS } from '../../src/documents/registry.ts'
import type { Role } from '../../src/schemas/roles.ts'
import { REASON } from './annotations.ts'

/** Operations of one request. It uses no KV. */
export interface Budget {
  trips: number
  /** An upper bound. The other figures are exact. */
  rowsRead: number
  rowsWritten: number
}

/** A request that a route accepts, and its result for other clients. */
interface Row {
  /** The lowest role that is accepted, or `open` for everyone. */
  minRole: Role | 'open'
  /** The status for an accepted key. */
  accepted: number
  /** The status for a key that is limited to other factories. */
  outOfScope: number
  /** The status for a key of another organisation, in which the id does not exist. */
  other: number
  body?: unknown
  /** The budget of the accepted request. Routes without one have rows in counts-routes.test.ts. */
  budget?: Budget
}
const measures = { teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const reading = { time: 60, actual: 1 }
const uses = (trips: number, rowsRead = 0, rowsWritten = 0): Budget => ({ trips, rowsRead, rowsWritten })
const open = (accepted = 200): Row => ({ minRole: 'open', accepted, outOfScope: accepted, other: accepted, budget: uses(0) })
/** A list shows only resources in scope. */
const list: Row = { minRole: 'viewer', accepted: 200, outOfScope: 200, other: 200 }
const ofFactory = (minRole: Role, accepted: number, body?: unknown): Row => ({ minRole, accepted, outOfScope: 404, other: 404, body })
/** The catalogue is shared by all factories: a limited key may read it, but not change it. */
const ofSprocket = (minRole: Role, accepted: number, body?: unknown): Row => ({
  minRole,
  accepted,
  outOfScope: minRole === 'viewer' ? accepted : 403,
  other: 404,
  body,
})

/** Keys need an admin. A limited key cannot see keys with a larger scope. */
const ofKey = (accepted: number, body?: unknown): Row => ({ minRole: 'admin', accepted, outOfScope: 404, other: 404, body })

/** A route of the whole organisation rejects limited keys. */
const ofOrganisation = (accepted: number, body?: unknown): Row => ({ minRole: 'admin', accepted, outOfScope: 403, other: accepted, body })

/** A cached document has the access of its path, whatever its declaration says. */
const ofDocument = (path: string): Row => {
  if (path.startsWith('/api/factory/{id}') || path.startsWith('/api/stop-annotation/{id}')) return ofFactory('viewer', 200)
  return path.startsWith('/api/sprocket/{id}') ? ofSprocket('viewer', 200) : list
}

/**
 * One accepted request of every route, with the statuses that other clients get. A route that is missing here fails. The tests of access,
 * of operation counts and of query plans send these requests.
 */
export const ROUTES: Record<string, Row> = {
  ...Object.fromEntries(DOCUMENTS.map(({ path }) => [`GET ${path}`, ofDocument(path)])),

  'GET /health': open(),
  // No cron has run. Its probes use D1 and KV.
  'GET /ready': { minRole: 'open', accepted: 503, outOfScope: 503, other: 503 },
  'GET /openapi.json': open(),
  'GET /ping': open(204),
  'GET /api/v2/ping': open(204),

  'GET /api/factory/{id}/states': ofFactory('viewer', 200),
  'GET /api/factory/{id}/stops': ofFactory('viewer', 200),
  'GET /api/factory/{id}/stops/pareto': ofFactory('viewer', 200),
  'GET /api/stops/pareto': list,
  'GET /api/factory/{id}/oee': ofFactory('viewer', 200),
  'GET /api/factory/{id}/export': ofFactory('viewer', 200),
  'GET /api/factory/{id}/chart-data/{time}': ofFactory('viewer', 200),
  'POST /api/factories': { minRole: 'engineer', accepted: 201, outOfScope: 403, other: 201, body: {} },
  'PATCH /api/factory/{id}': ofFactory('engineer', 200, { name: 'x' }),
  'DELETE /api/factory/{id}': ofFactory('engineer', 204),

  'PUT /api/factory/{id}/schedule': ofFactory('engineer', 200, { versions: [], exceptions: [] }),

  'POST /api/factory/{id}/chart-data': ofFactory('operator', 200, reading),
  'PUT /api/factory/{id}/chart-data': ofFactory('engineer', 200, reading),
  'PUT /api/factory/{id}/chart-data/{time}': ofFactory('operator', 200, { actual: 2 }),
  'DELETE /api/factory/{id}/chart-data/{time}': ofFactory('operator', 204),
  'POST /api/readings': {
    minRole: 'operator',
    accepted: 200,
    outOfScope: 422,
    other: 422,
    body: { readings: [{ factory: 1, ...reading }] },
  },
  'POST /api/v2/write': { minRole: 'operator', accepted: 204, outOfScope: 422, other: 422, body: 'production,factory=1 actual=1i 60' },

  'GET /api/access': { ...list, budget: uses(0) },
  'GET /api/keys': { ...ofKey(200), outOfScope: 200, other: 200, budget: uses(1, 20) },
  'POST /api/keys': { ...ofKey(201, { name: 'x', role: 'viewer' }), outOfScope: 403, other: 201 },
  'GET /api/key/{id}': ofKey(200),
  'PATCH /api/key/{id}': ofKey(200, { name: 'x' }),
  'DELETE /api/key/{id}': ofKey(204),
  'POST /api/key/{id}/rotate': ofKey(201, {}),

  'GET /api/organisation': { ...ofOrganisation(200), budget: uses(1, 1) },
  'PATCH /api/organisation': ofOrganisation(200, { name: 'x' }),
  // The slug is wrong, because the organisation must exist for later tests.
  'DELETE /api/organisation': ofOrganisation(422, { confirm: 'wrong' }),
  'GET /api/audit-log': ofOrganisation(200),

  'PUT /api/stop-reasons': { minRole: 'engineer', accepted: 200, outOfScope: 403, other: 200, body: { reasons: [REASON] } },
  'GET /api/factory/{id}/stop-annotations': ofFactory('viewer', 200),
  'POST /api/factory/{id}/stop-annotations': ofFactory('operator', 201, { from: 60, to: 120, reason: REASON.code }),
  'PATCH /api/stop-annotation/{id}': ofFactory('operator', 200, { note: 'x' }),
  'DELETE /api/stop-annotation/{id}': ofFactory('operator', 204),

  'POST /api/sprockets': { minRole: 'engineer', accepted: 201, outOfScope: 403, other: 201, body: measures },
  'PUT /api/sprocket/{id}': ofSprocket('engineer', 200, measures),
  'PATCH /api/sprocket/{id}': ofSprocket('engineer', 200, { teeth: 6 }),
  'DELETE /api/sprocket/{id}': ofSprocket('engineer', 204),
}

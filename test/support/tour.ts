import { chartSvgDocument } from '../../src/documents/chart.ts'
import { DOCUMENTS } from '../../src/documents/registry.ts'
import { REASON } from './annotations.ts'
import { addKey, addOrganisation } from './harness.ts'
import type { Harness } from './harness.ts'
import { ROUTES } from './route-table.ts'

/**
 * One request of the tour. `{factory}`, `{sprocket}`, `{annotation}` and `{key}` are the id that the last POST created, `{tag}` the
 * latest entity tag, `{next}` the latest cursor.
 */
export interface Visit {
  who: string
  method: string
  path: string
  status: number
  body?: unknown
  headers?: Record<string, string>
}

const get = (path: string, status = 200, who = 'viewer', headers = {}): Visit => ({ who, method: 'GET', path, status, headers })
const send =
  (method: string, who: string) =>
  (path: string, body: unknown, status: number, headers = {}): Visit => ({ who, method, path, body, status, headers })
const [post, put, remove] = [send('POST', 'operator'), send('PUT', 'operator'), send('DELETE', 'operator')]
const [make, replace, patch, end] = [
  send('POST', 'engineer'),
  send('PUT', 'engineer'),
  send('PATCH', 'engineer'),
  send('DELETE', 'engineer'),
]
const [admit, change, revoke] = [send('POST', 'admin'), send('PATCH', 'admin'), send('DELETE', 'admin')]

/** The first time of readings in the tour. It is later than every reading of the seed. */
export const TOUR_FROM = 1_700_000_000
const at = (n: number) => TOUR_FROM + n * 900
const readings = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => ({ time: at(from + n), actual: n % 40, goal: 30 }))

const columns = (from: number, count: number) => ({
  time: readings(from, count).map(({ time }) => time),
  sprocket_production_actual: readings(from, count).map(({ actual }) => actual),
  sprocket_production_goal: readings(from, count).map(({ goal }) => goal),
})

const CSV = { 'Content-Type': 'text/csv' }
const SCHEDULE = {
  versions: [
    {
      valid_from: '1970-01-01',
      shifts: [
        { name: 'Early', days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], start: '06:00', end: '14:10' },
        { name: 'Night', days: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '22:30', end: '05:50', target: 500 },
      ],
    },
  ],
  exceptions: [],
}
const SPROCKET = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
const ONCE = { 'Idempotency-Key': '"the-tour"' }

/** Paths of all cached documents of factory 1. The last one is the chart, whose entity tag the next visit sends. */
const FACTORY_VIEWS = [...DOCUMENTS.filter(({ resource }) => resource === 'factory'), chartSvgDocument].map(({ path }) =>
  path.replace('{id}', '1'),
)
const CHART_VIEWS = [
  'format=rows',
  'format=csv',
  'fields=actual,goal,scrap',
  'fields=scrap&last=week&format=rows',
  'last=day',
  'last=week',
  'last=month',
  'last=year',
  'limit=10',
  `from=${at(-20)}&limit=10`,
]

const SHIFT_VIEWS = ['last=week', 'last=month', `from=${at(-96)}&to=${at(0)}`, 'date=2023-11-13']

/** Reads of every view. Their size does not grow with the series once it has as many readings as a view shows. */
const READS: Visit[] = [
  get('/api/factories', 401, 'nobody-has-this'),
  get('/api/factories', 200, 'anonymous'),
  ...['chart_data=false', 'cursor=20', 'limit=2', 'limit=2&cursor=1'].map((query) => get(`/api/factories?${query}`)),
  ...['', '?limit=1', '?chart_data=false'].map((query) => get(`/api/factories${query}`, 200, 'limited')),
  replace('/api/factory/1/schedule', SCHEDULE, 200),
  replace('/api/stop-reasons', { reasons: [REASON] }, 200),
  post('/api/factory/1/stop-annotations', { from: at(0), to: at(1), reason: REASON.code }, 201),
  post('/api/factory/1/stop-annotations', { from: at(2), to: null, reason: REASON.code }, 201),
  ...FACTORY_VIEWS.map((path) => get(path)),
  get('/api/factory/1/chart.svg', 304, 'viewer', { 'If-None-Match': '{tag}' }),
  get('/api/factory/9999', 404),
  get('/api/factory/2', 404, 'limited'),
  ...CHART_VIEWS.map((query) => get(`/api/factory/1/chart-data?${query}`)),
  get(`/api/factory/1/chart-data?resolution=hour&limit=20`),
  get(`/api/factory/1/chart-data?resolution=day&from=${at(-96)}&to=${at(0)}`),
  get(`/api/factory/1/chart-data?points=20&from=${at(-90)}`),
  ...['', `&from=${at(-96)}&to=${at(0)}`].map((query) => get(`/api/factory/1/chart-data?resolution=shift${query}`)),
  ...SHIFT_VIEWS.map((query) => get(`/api/factory/1/shifts?${query}`)),
  ...['', `?from=${at(-96)}&to=${at(0)}`].flatMap((query) =>
    ['states', 'stops', 'stops/pareto', 'oee'].map((view) => get(`/api/factory/1/${view}${query}`)),
  ),
  get('/api/stops/pareto?factories=0,1'),
  get('/api/stops/pareto', 200, 'limited'),
  get('/api/factory/1/chart-data/1611204818'),
  get('/api/factory/1/chart-data/1', 404),
  get(`/api/factory/1/export?from=${at(-50)}&format=ndjson`),
  get(`/api/factory/1/export?from=${at(-50)}&fields=actual,scrap`),
  get('/api/factory/9999/export', 404),
  get('/api/summary', 200, 'limited'),
  ...['', '?limit=1', `?from=${at(0)}&to=${at(3)}`].map((query) => get(`/api/factory/1/stop-annotations${query}`)),
  get('/api/factory/9999/stop-annotations', 404),
  ...['viewer', 'limited'].map((who) => get('/api/stop-annotation/{annotation}', 200, who)),
  get('/api/stop-annotation/999999', 404),
  ...['', '?limit=1', '?cursor=100'].map((query) => get(`/api/sprockets${query}`)),
  get('/api/sprocket/0'),
  get('/api/sprocket/9999', 404),
  ...['', '?limit=1', '?limit=1&cursor=2'].map((query) => get(`/api/keys${query}`, 200, 'admin')),
  ...['', '?limit=1'].map((query) => get(`/api/keys${query}`, 200, 'limited-admin')),
  get('/api/key/0', 200, 'admin'),
  get('/api/key/0', 404, 'limited-admin'),
  get('/api/audit-log?limit=2', 200, 'admin'),
  get('/api/audit-log?limit=2&cursor={next}', 200, 'admin'),
  ...['subject=factory', 'subject=readings', 'key=2', 'subject=factory&key=2', 'subject=readings&key=2'].map((query) =>
    get(`/api/audit-log?limit=1&${query}`, 200, 'admin'),
  ),
  get('/api/audit-log?cursor=x', 400, 'admin'),
]

/** Writes to factory 1, and to what they create. */
const WRITES: Visit[] = [
  post('/api/factory/1/chart-data', readings(0, 1)[0], 200),
  post('/api/factory/1/chart-data', readings(0, 1)[0], 200),
  post('/api/factory/1/chart-data', { readings: readings(1, 300) }, 200),
  post('/api/factory/1/chart-data', `time,actual\n${at(301)},1`, 200, CSV),
  post('/api/factory/1/chart-data', readings(302, 1)[0], 200, { Prefer: 'return=representation' }),
  post('/api/factory/1/chart-data', { readings: [...readings(303, 1), { time: 'x' }] }, 200, { Prefer: 'handling=lenient' }),
  post('/api/factory/1/chart-data', { time: at(303), actual: 3, scrap: 2 }, 200),
  post('/api/factory/1/chart-data', { time: at(303), scrap: 4 }, 422),
  post('/api/factory/9999/chart-data', readings(0, 1)[0], 404),
  post('/api/factory/1/chart-data', readings(304, 1)[0], 200, ONCE),
  post('/api/factory/1/chart-data', readings(304, 1)[0], 200, ONCE),
  post('/api/factory/1/chart-data', readings(305, 1)[0], 422, ONCE),
  put(`/api/factory/1/chart-data/${at(0)}`, { actual: 2, goal: 2 }, 200),
  get(`/api/factory/1/chart-data/${at(0)}`),
  put(`/api/factory/1/chart-data/${at(0)}`, { actual: 3, goal: 2 }, 200, { 'If-Match': '{tag}' }),
  put(`/api/factory/1/chart-data/${at(0)}`, { actual: 4, goal: 2 }, 412, { 'If-Match': '"other"' }),
  remove(`/api/factory/1/chart-data/${at(0)}`, undefined, 204),
  remove(`/api/factory/1/chart-data/${at(0)}`, undefined, 404),
  post('/api/readings', { readings: [0, 1, 2].map((factory) => ({ factory, time: at(400), actual: 1 })) }, 200),
  post('/api/readings', { readings: [{ factory: 9999, time: at(400), actual: 1 }] }, 422),
  post('/api/v2/write?precision=s', `production,factory=0 actual=5i ${at(401)}\nproduction,factory=1 actual=6i ${at(401)}`, 204, {
    'Content-Type': 'text/plain',
  }),

  make('/api/factories', {}, 201),
  make('/api/factories', { name: 'North', time_zone: 'Europe/Berlin', chart_data: columns(0, 100) }, 201),
  patch('/api/factory/{factory}', { name: 'South' }, 200),
  patch('/api/factory/{factory}', { time_zone: 'Asia/Tokyo' }, 200),
  replace('/api/factory/{factory}/schedule', SCHEDULE, 200),
  get('/api/factory/{factory}/schedule'),
  replace('/api/factory/{factory}/schedule', { versions: [], exceptions: [] }, 200, { 'If-Match': '{tag}' }),
  replace('/api/factory/9999/schedule', SCHEDULE, 404),
  patch('/api/factory/9999', { name: 'X' }, 404),
  get('/api/factory/{factory}/profile'),
  patch('/api/factory/{factory}', { name: 'East' }, 200, { 'If-Match': '{tag}' }),
  replace('/api/factory/{factory}/chart-data', { readings: readings(50, 100) }, 200),
  get('/api/factory/{factory}/chart-data'),
  replace('/api/factory/{factory}/chart-data', { readings: readings(60, 100) }, 200, { 'If-Match': '{tag}' }),
  end('/api/factory/{factory}', undefined, 204),
  end('/api/factory/{factory}', undefined, 404),

  replace('/api/stop-reasons', { reasons: [REASON] }, 200),
  get('/api/stop-reasons'),
  replace('/api/stop-reasons', { reasons: [REASON, { ...REASON, code: 'b' }] }, 200, { 'If-Match': '{tag}' }),

  post('/api/factory/1/stop-annotations', { from: at(1), to: at(2), reason: REASON.code, note: 'Belt', manual: true }, 201),
  patch('/api/stop-annotation/{annotation}', { note: null }, 200, { 'If-Match': '{tag}' }),
  patch('/api/stop-annotation/{annotation}', { from: at(1) + 60 }, 200),
  patch('/api/stop-annotation/{annotation}', { to: at(3) }, 409),
  patch('/api/stop-annotation/{annotation}', { to: at(0) }, 422),
  patch('/api/stop-annotation/{annotation}', { reason: 'none' }, 422),
  patch('/api/stop-annotation/999999', { note: null }, 404),
  remove('/api/stop-annotation/{annotation}', undefined, 204),
  replace('/api/stop-reasons', { reasons: [] }, 409),

  make('/api/sprockets', SPROCKET, 201),
  replace('/api/sprocket/{sprocket}', { ...SPROCKET, teeth: 8 }, 200),
  patch('/api/sprocket/{sprocket}', { teeth: 9 }, 200, { 'If-Match': '{tag}' }),
  patch('/api/sprocket/9999', { teeth: 9 }, 404),
  end('/api/sprocket/{sprocket}', undefined, 204),

  admit('/api/keys', { name: 'all', role: 'viewer' }, 201),
  admit('/api/keys', { name: 'some', role: 'admin', factories: [0, 1] }, 201),
  admit('/api/keys', { name: 'none', role: 'viewer', factories: [9999] }, 422),
  change('/api/key/{key}', { name: 'other', factories: [0] }, 200),
  get('/api/key/{key}', 200, 'admin'),
  change('/api/key/{key}', { name: 'another' }, 200, { 'If-Match': '{tag}' }),
  change('/api/key/9999', { name: 'X' }, 404),
  admit('/api/key/{key}/rotate', {}, 201),
  revoke('/api/key/{key}', undefined, 204),
  admit('/api/keys', { name: 'governs', role: 'admin' }, 201),
  change('/api/key/{key}', { expires_at: 4_000_000_000 }, 200),
  change('/api/key/{key}', { role: 'viewer' }, 200),
  revoke('/api/key/{key}', undefined, 204),
  change('/api/organisation', { name: 'Acme' }, 200),
  revoke('/api/organisation', { confirm: 'other' }, 422),
]

/** Adds the keys that the tour uses to organisation 1, and an organisation with a key that a test can delete. */
export const addTourKeys = async (): Promise<void> => {
  await addKey(1, 'limited', 'viewer', { factories: '[0,1]' })
  await addKey(1, 'limited-admin', 'admin', { factories: '[0,1]' })
  await addKey(1, 'second', 'admin')
  await addKey(await addOrganisation('ended'), 'ended', 'admin')
}

/** Ids of the seed that a path can contain, by the prefix of the path. */
const IDS = { '/api/factory/': '1', '/api/sprocket/': '0', '/api/stop-annotation/': '0', '/api/key/': '0' } as Record<string, string>

const isVisitTo = (template: string, { path }: Visit) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`).test(path)

/** The accepted requests of the routes to which no other visit goes. */
const OTHERS = Object.entries(ROUTES).flatMap(([route, { minRole, accepted, body }]): Visit[] => {
  const [method = '', template = ''] = route.split(' ')
  if (route === 'GET /ready' || [...READS, ...WRITES].some((visit) => visit.method === method && isVisitTo(template, visit))) return []
  const id = Object.entries(IDS).find(([prefix]) => template.startsWith(prefix))?.[1] ?? ''
  const path = template.replace('{id}', id).replace('{time}', String(at(1)))
  return [{ who: minRole === 'open' ? 'anonymous' : minRole, method, path, status: accepted, body }]
})

/** Requests of every kind to every route, successful and rejected. */
export const TOUR: Visit[] = [...READS, ...OTHERS, ...WRITES]

/** Ids, tags and cursors of earlier responses. */
type Values = Record<string, string>

const fill = (text: string, values: Values) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (values[name] === undefined) throw new Error(`no visit before ${text} has returned a ${name}`)
    return values[name]
  })

const MADE = { factories: 'factory', sprockets: 'sprocket', 'stop-annotations': 'annotation', keys: 'key', rotate: 'key' } as Record<
  string,
  string
>

const recordValues = async (response: Response, { method, path }: Visit, values: Values) => {
  const tag = response.headers.get('ETag')
  if (tag) values.tag = tag
  if (response.status === 201) values[MADE[path.split('/').at(-1)!]!] = response.headers.get('Location')!.split('/').at(-1)!
  if (method === 'GET' && path.startsWith('/api/audit-log')) values.next = String((await response.json<{ next?: string }>()).next)
}

/** Returns the name of a visit for messages. Two visits may have the same name. */
export const nameOf = ({ who, method, path, status }: Visit) => `${method} ${path} by ${who}: ${status}`

/**
 * Sends visits one after the other. Background work of a visit ends before the next begins.
 * @param around runs each visit and returns its response
 */
export const makeTour = async (
  harness: Harness,
  visits: Visit[],
  around: (visit: Visit, run: () => Promise<Response>) => Promise<Response>,
): Promise<void> => {
  const values: Values = {}
  for (const visit of visits) {
    const { who, method, path, body, headers = {} } = visit
    const isText = typeof body === 'string' || body === undefined
    const type = isText ? {} : { 'Content-Type': 'application/json' }
    const filled = Object.fromEntries(Object.entries({ ...type, ...headers }).map(([name, value]) => [name, fill(value, values)]))
    const init = { headers: filled, ...(body !== undefined && { body: isText ? (body as string) : JSON.stringify(body) }) }
    const actor = who === 'anonymous' ? harness.anonymous : harness.as(who)
    const response = await around(visit, async () => {
      const sent = await actor.send(method, fill(path, values), init)
      await harness.drain()
      return sent
    })
    await recordValues(response, visit, values)
  }
}

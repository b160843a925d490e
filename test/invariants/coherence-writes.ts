import { vi } from 'vitest'
import { runCron } from '../../src/jobs/cron.ts'
import { REASON } from '../support/annotations.ts'
import type { Harness } from '../support/harness.ts'

/** Returns a schedule whose shifts contain the readings of the seed. Their borders are within a quarter of an hour. */
export const scheduleOf = (target: number) => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const shifts = ['02:10', '14:10'].map((start, index) => ({ name: 'Half', days, start, end: ['14:10', '02:10'][index], target }))
  return { versions: [{ valid_from: '2021-01-01', shifts }], exceptions: [] }
}

export const chart = '/api/factory/1/chart-data'
export const FIRST = 1611204818
const LINE = `production,factory=1 actual=41i,goal=40i ${FIRST + 9000}`
const measures = { teeth: 9, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }

/** Runs cron once a minute. */
export const passMinutes = async (api: Harness, count: number) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  for (let minute = 0; minute < count; minute++) {
    await runCron(api.isolate, minute * 60_000)
    api.clock.advance(60_000)
  }
  await api.drain()
  log.mockRestore()
}

/** The entries that a write may affect: documents of factory 1, its page of the list, and the summary of all factories. */
export const OF_FACTORY_1 = /^\/api\/(factory\/1(\/.*)?|factories(\?chart_data=false)?|summary)$/
const COMING_OR_GOING = /^\/api\/(factory\/1(\/.*)?|factories(\?.*)?|stop-annotation\/\d|summary)$/
const OF_SCHEDULE_1 = /^\/api\/(factory\/1\/(schedule|summary|shifts(\?.*)?)|summary)$/
const OF_ANNOTATION_1 = /^\/api\/(stop-annotation\/1|factory\/1\/(summary|shifts(\?.*)?))$/
const OF_SPROCKET_1 = /^\/api\/(sprocket\/1|sprockets)$/
const NO_ENTRIES = /(?!)/

/** Deletes the other organisation. Cron then deletes its entries. */
const endOtherOrganisation = async (api: Harness) => {
  const body = JSON.stringify({ confirm: 'other' })
  const response = await api.as('other').send('DELETE', '/api/organisation', { body, headers: { 'Content-Type': 'application/json' } })
  await passMinutes(api, 20)
  return response
}

/** Every writing route, with a request and the entries that it may affect. A route that is missing here fails. */
export const WRITES: [route: string, write: (api: Harness) => Promise<Response>, affected: RegExp][] = [
  ['POST /api/v2/write', ({ operator }) => operator.send('POST', '/api/v2/write?precision=s', { body: LINE }), OF_FACTORY_1],
  ['POST /api/factory/{id}/chart-data', ({ operator }) => operator.post(chart, { time: FIRST + 7200, actual: 1, goal: 2 }), OF_FACTORY_1],
  [
    'POST /api/readings',
    ({ operator }) => operator.post('/api/readings', { readings: [{ factory: 1, time: FIRST + 60, goal: 77 }] }),
    OF_FACTORY_1,
  ],
  ['PUT /api/factory/{id}/chart-data/{time}', ({ operator }) => operator.put(`${chart}/${FIRST}`, { actual: 99 }), OF_FACTORY_1],
  ['DELETE /api/factory/{id}/chart-data/{time}', ({ operator }) => operator.delete(`${chart}/${FIRST}`), OF_FACTORY_1],
  [
    'PATCH /api/factory/{id}',
    ({ engineer }) => engineer.patch('/api/factory/1', { name: 'North', time_zone: 'Asia/Kolkata' }),
    OF_FACTORY_1,
  ],
  ['PUT /api/factory/{id}/schedule', ({ engineer }) => engineer.put('/api/factory/1/schedule', scheduleOf(600)), OF_SCHEDULE_1],
  [
    'PUT /api/factory/{id}/chart-data',
    ({ engineer }) => engineer.put(chart, { readings: [{ time: FIRST, actual: 5, goal: 6 }] }),
    OF_FACTORY_1,
  ],
  [
    'PUT /api/stop-reasons',
    ({ engineer }) => engineer.put('/api/stop-reasons', { reasons: [{ ...REASON, name: 'Jammed' }] }),
    /^\/api\/stop-reasons$/,
  ],
  [
    'POST /api/factory/{id}/stop-annotations',
    ({ operator }) => operator.post('/api/factory/1/stop-annotations', { from: 60, to: null, reason: REASON.code }),
    OF_ANNOTATION_1,
  ],
  ['PATCH /api/stop-annotation/{id}', ({ operator }) => operator.patch('/api/stop-annotation/1', { note: 'Belt' }), OF_ANNOTATION_1],
  ['DELETE /api/stop-annotation/{id}', ({ operator }) => operator.delete('/api/stop-annotation/1'), OF_ANNOTATION_1],
  ['POST /api/factories', ({ engineer }) => engineer.post('/api/factories', { name: 'new' }), /^\/api\/(factories(\?.*)?|summary)$/],
  ['DELETE /api/factory/{id}', ({ engineer }) => engineer.delete('/api/factory/1'), COMING_OR_GOING],
  ['POST /api/sprockets', ({ engineer }) => engineer.post('/api/sprockets', measures), /^\/api\/sprockets$/],
  ['PUT /api/sprocket/{id}', ({ engineer }) => engineer.put('/api/sprocket/1', measures), OF_SPROCKET_1],
  ['PATCH /api/sprocket/{id}', ({ engineer }) => engineer.patch('/api/sprocket/1', { teeth: 10 }), OF_SPROCKET_1],
  ['DELETE /api/sprocket/{id}', ({ engineer }) => engineer.delete('/api/sprocket/1'), OF_SPROCKET_1],
  ['POST /api/keys', ({ admin }) => admin.post('/api/keys', { name: 'x', role: 'viewer' }), NO_ENTRIES],
  ['PATCH /api/key/{id}', ({ admin }) => admin.patch('/api/key/1', { name: 'y' }), NO_ENTRIES],
  ['POST /api/key/{id}/rotate', ({ admin }) => admin.post('/api/key/1/rotate', {}), NO_ENTRIES],
  ['DELETE /api/key/{id}', ({ admin }) => admin.delete('/api/key/1'), NO_ENTRIES],
  ['PATCH /api/organisation', ({ admin }) => admin.patch('/api/organisation', { name: 'Demonstration' }), NO_ENTRIES],
  ['DELETE /api/organisation', endOtherOrganisation, /^\d+\/2\//],
]

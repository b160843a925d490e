import { SEED } from '../../support/harness.ts'
import type { TestClient } from '../../support/harness.ts'
import { newFactory, uses } from './row.ts'
import type { Row } from './row.ts'

const CSV = { 'Content-Type': 'text/csv' }
const HUNDRED = Array.from({ length: 100 }, (_, at) => ({ time: 600 + 60 * at, actual: at, goal: 1 }))
const csvOf = (header: string, rows: (string | number)[][]) => [header, ...rows.map((row) => row.join(','))].join('\n')
const sendText = (actor: TestClient, path: string, body: string, headers: Record<string, string> = CSV) =>
  actor.send('POST', path, { body, headers })

/** Budgets of routes that write readings, in every format. */
export const READINGS: Row[] = [
  [
    'POST /api/factory/{id}/chart-data',
    'JSON',
    200,
    uses(1, 170, 3),
    ({ operator }, path) => operator.post(`${path}/chart-data`, { time: 180, actual: 1 }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'sent again',
    200,
    uses(2, 150),
    ({ operator }, path) => operator.post(`${path}/chart-data`, { time: 60, actual: 1 }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'CSV with 100 readings',
    200,
    uses(1, 160, 4),
    ({ operator }, path) =>
      sendText(
        operator,
        `${path}/chart-data`,
        csvOf(
          'time,actual,goal',
          HUNDRED.map(({ time, actual, goal }) => [time, actual, goal]),
        ),
      ),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'lenient: the valid readings',
    200,
    uses(1, 120, 3),
    ({ operator }, path) =>
      operator.post(`${path}/chart-data`, { time: [180, 240], sprocket_production_actual: [-1, 2] }, { Prefer: 'handling=lenient' }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'with the chart in the response',
    200,
    uses(1, 120, 3),
    ({ operator }, path) => operator.post(`${path}/chart-data`, { time: 180, actual: 1 }, { Prefer: 'return=representation' }),
    newFactory,
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'invalid',
    422,
    uses(0),
    ({ operator }) => operator.post('/api/factory/0/chart-data', { time: 1, actual: -1 }),
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'invalid CSV',
    422,
    uses(0),
    ({ operator }) => sendText(operator, '/api/factory/0/chart-data', 'a,b\n1,2'),
  ],
  [
    'POST /api/factory/{id}/chart-data',
    'factory not found',
    404,
    uses(3, 13),
    ({ operator }) => operator.post('/api/factory/99/chart-data', { time: 60, actual: 1 }),
  ],
  [
    'PUT /api/factory/{id}/chart-data',
    'replaced',
    200,
    uses(1, 330, 10),
    ({ engineer }, path) => engineer.put(`${path}/chart-data`, SEED.factories[0]!.factory.chart_data),
    newFactory,
  ],
  [
    'PUT /api/factory/{id}/chart-data/{time}',
    'corrected',
    200,
    uses(1, 230, 3),
    ({ operator }, path) => operator.put(`${path}/chart-data/60`, { actual: 3, goal: 3 }),
    newFactory,
  ],
  [
    'DELETE /api/factory/{id}/chart-data/{time}',
    'deleted',
    204,
    uses(1, 170, 3),
    ({ operator }, path) => operator.delete(`${path}/chart-data/60`),
    newFactory,
  ],
  [
    'DELETE /api/factory/{id}/chart-data/{time}',
    'not found',
    404,
    uses(2, 10),
    ({ operator }, path) => operator.delete(`${path}/chart-data/61`),
    newFactory,
  ],
  [
    'POST /api/readings',
    'for three factories',
    200,
    uses(3, 540, 8),
    ({ operator }) => operator.post('/api/readings', { readings: [0, 1, 2].map((factory) => ({ factory, time: 1611400000, actual: 1 })) }),
  ],
  [
    'POST /api/readings',
    'CSV',
    200,
    uses(2, 190, 4),
    ({ operator }) =>
      sendText(
        operator,
        '/api/readings',
        csvOf('factory,time,actual', [
          [0, 1611400060, 1],
          [1, 1611400060, 2],
        ]),
      ),
  ],
  [
    'POST /api/readings',
    'factory not found',
    422,
    uses(1, 2),
    ({ operator }) => operator.post('/api/readings', { readings: [{ factory: 99, time: 60, actual: 1 }] }),
  ],
  [
    'POST /api/v2/write',
    'lines',
    204,
    uses(2, 190, 4),
    ({ operator }) =>
      sendText(
        operator,
        '/api/v2/write?precision=s',
        'production,factory=0 actual=5i 1611400120\nproduction,factory=1 actual=6i 1611400120',
        {},
      ),
  ],
  ['POST /api/v2/write', 'invalid lines', 400, uses(0), ({ operator }) => sendText(operator, '/api/v2/write', 'production', {})],
]

import { createClient } from '../../src/client/client.ts'
import type { Client } from '../../src/client/client.ts'

// A plant with shifts, stops, scrap and annotations: a day and a half of readings, one a minute, up to 11:24 on a Tuesday in Berlin.
const MINUTE = 60
const HOUR = 3600
const DAY = 24 * HOUR

/** The start of the early shift in which the newest reading lies: 06:00 on 7 April 2026 in Berlin. */
export const SHIFT_START = Date.UTC(2026, 3, 7, 4) / 1000
/** The newest reading. */
export const NEWEST = SHIFT_START + 5 * HOUR + 24 * MINUTE
const FIRST = SHIFT_START - DAY

/** Minutes of the shift without production: from, to. */
const STOPPED = [
  [72, 91],
  [160, 172],
  [185, 200],
  // The break.
  [240, 270],
  [290, 302],
] as const
/** Minutes without readings. */
const SILENT = [205, 232] as const

const isIn = (minute: number, [from, to]: readonly [number, number]) => minute >= from && minute < to

const buildReading = (n: number) => {
  const minute = n - (SHIFT_START - FIRST) / MINUTE
  const isStopped = STOPPED.some((span) => isIn(minute, span))
  const actual = isStopped ? 0 : 3 + (n % 5 === 0 ? 1 : 0) - (n % 7 < 2 ? 1 : 0)
  return { time: FIRST + n * MINUTE, actual, goal: 3, scrap: actual > 0 && n % 29 === 0 ? 1 : 0 }
}

const shift = (name: string, start: string, end: string, rest: string, restEnd: string) => ({
  name,
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as ('mon' | 'tue')[],
  start,
  end,
  breaks: [{ start: rest, end: restEnd }],
  target: 1_350,
})

/** Stores the stop reasons of the organisation, which its factories share. */
export const putReasons = (client: Client) => {
  const reasons = [
    { code: 'jam', name: 'Jam', category: 'unplanned', group: 'Machine' },
    { code: 'tool-change', name: 'Tool change', category: 'planned', group: 'Setup' },
    { code: 'no-orders', name: 'No orders', category: 'no-demand' },
  ] as const
  return client.send('PUT /api/stop-reasons', {}, { reasons: [...reasons] })
}

/** Creates the plant over the API. Returns its id. */
export const addPlant = async ({ base, key }: { base: string; key: string }, name = 'Plant Ulm'): Promise<number> => {
  const client = createClient({ base, key })
  const profile = { name, time_zone: 'Europe/Berlin', ideal_per_hour: 200, stop_after_seconds: 300 }
  const { data } = await client.send('POST /api/factories', {}, profile)
  const { id } = data.factory
  await putReasons(client)
  const shifts = [
    shift('Early', '06:00', '14:00', '10:00', '10:30'),
    shift('Late', '14:00', '22:00', '18:00', '18:30'),
    shift('Night', '22:00', '06:00', '02:00', '02:30'),
  ]
  await client.send('PUT /api/factory/{id}/schedule', { id }, { versions: [{ valid_from: '2026-01-05', shifts }], exceptions: [] })
  const readings = Array.from({ length: (NEWEST - FIRST) / MINUTE + 1 }, (_, n) => buildReading(n)).filter(
    ({ time }) => !isIn((time - SHIFT_START) / MINUTE, SILENT),
  )
  await client.send('POST /api/factory/{id}/chart-data', { id }, { readings })
  const annotate = (from: number, to: number, reason: string, note: string | null) =>
    client.send(
      'POST /api/factory/{id}/stop-annotations',
      { id },
      { from: SHIFT_START + from * MINUTE, to: SHIFT_START + to * MINUTE, reason, note },
    )
  await annotate(72, 91, 'jam', 'Belt of press 7')
  await annotate(185, 200, 'tool-change', null)
  return id
}

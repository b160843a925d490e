import { expect } from 'vitest'
import { WEEKDAYS } from '../../src/schemas/weekdays.ts'
import type { Harness } from './harness.ts'

export const DAYS = [...WEEKDAYS]
export const at = (text: string) => Date.parse(`${text}:00Z`) / 1000
export type Shift = { date: string; name: string; from: number; to: number } & Record<string, number | null>

interface Declared {
  start: string
  end: string
  days?: string[]
  target?: number | null
  breaks?: { start: string; end: string }[]
}

/** A reading: its time in UTC, actual production and goal. */
export type Figures = [time: string, actual: number | null, goal: number | null]

/** Creates a factory with shifts and readings. Returns its path. */
export const addFactory = async ({ engineer, operator }: Harness, shifts: Declared[], readings: Figures[], zone = 'UTC') => {
  const factory = (await engineer.post('/api/factories', { time_zone: zone })).headers.get('Location')!
  const named = shifts.map((shift, index) => ({ name: `Shift ${index}`, days: DAYS, ...shift }))
  const schedule = { versions: [{ valid_from: '2020-01-01', shifts: named }], exceptions: [] }
  expect((await engineer.put(`${factory}/schedule`, schedule)).status).toBe(200)
  const sent = readings.map(([time, actual, goal]) => ({ time: at(time), actual, goal }))
  if (sent.length > 0) expect((await operator.post(`${factory}/chart-data`, { readings: sent })).status).toBe(200)
  return factory
}

/** Reads the shifts of an address. */
export const shiftsOf = async ({ viewer }: Harness, path: string): Promise<Shift[]> => {
  const response = await viewer.get(path)
  expect(response.status).toBe(200)
  return (await response.json<{ shifts: Shift[] }>()).shifts
}

/** Three shifts of eight hours, the first with a target and a break. */
export const THREE = [
  { start: '06:00', end: '14:00', target: 960, breaks: [{ start: '10:00', end: '10:30' }] },
  { start: '14:00', end: '22:00' },
  { start: '22:00', end: '06:00' },
]

import Papa from 'papaparse'
import { beforeAll, describe, expect, test } from 'vitest'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: shifts, stops and OEE as CSV have the values of their JSON, each in the column that the guide lists.

const guides: Record<string, string> = import.meta.glob('../../../src/docs/guides/use/shifts.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const guide = Object.values(guides)[0]!

const FROM = Date.UTC(2024, 0, 16, 6) / 1_000
let harness: Harness
let factory: string
beforeAll(async () => {
  harness = await createHarness()
  factory = (await harness.engineer.post('/api/factories', { ideal_per_hour: 100 })).headers.get('Location')!
  const shifts = [
    { name: '=1+1', days: [...WEEKDAYS], start: '06:00', end: '08:00', target: 100 },
    { name: 'Late, "B"', days: [...WEEKDAYS], start: '08:00', end: '10:00' },
  ]
  expect(
    (await harness.engineer.put(`${factory}/schedule`, { versions: [{ valid_from: '2024-01-16', shifts }], exceptions: [] })).status,
  ).toBe(200)
  await harness.engineer.put('/api/stop-reasons', { reasons: [{ code: 'jam', name: 'Jam', category: 'unplanned' }] })
  const readings = Array.from({ length: 180 }, (_, minute) => ({
    time: FROM + 60 * minute,
    actual: minute % 60 < 20 ? 0 : 3,
    goal: 2,
    ...(minute < 100 && minute % 60 >= 20 && { scrap: 1 }),
  }))
  expect((await harness.operator.post(`${factory}/chart-data`, { readings })).status).toBe(200)
  const annotation = { from: FROM, to: FROM + 1_200, reason: 'jam', note: '+49 30 1234' }
  expect((await harness.operator.post(`${factory}/stop-annotations`, annotation)).status).toBe(201)
})

const iso = (time: number | null) => (time === null ? '' : new Date(time * 1_000).toISOString().replace('.000', ''))
const nested = (value: object | null, prefix: string) =>
  Object.fromEntries(Object.entries(value ?? {}).map(([name, each]) => [prefix + name, each as unknown]))

interface Item {
  from: number
  to: number | null
  stops?: object
  oee?: object | null
  shift?: object
}
/** Returns an item of JSON as the guide describes its line: nested members have their own column. */
const flatten = ({ stops, oee, shift, ...members }: Item) => ({
  ...members,
  iso_from: iso(members.from),
  iso_to: iso(members.to),
  ...nested(stops ?? null, 'stops_'),
  ...nested(shift ?? null, 'shift_'),
  ...(typeof oee === 'object' && oee !== null ? nested(oee, '') : oee !== undefined && { oee }),
})
const toCell = (value: unknown) => {
  const text = value == null ? '' : `${value as string | number}`
  return typeof value === 'string' && /^[=+]/.test(value) ? `'${text}` : text
}

describe.each([
  ['shifts', 'shifts?last=week', 'shifts'],
  ['stops', 'stops', 'stops'],
  ['OEE by shift', 'oee?last=week', 'items'],
  ['OEE by day', 'oee?resolution=day', 'items'],
])('%s as CSV', (_, path, member) => {
  const read = (query: string, headers = {}) => harness.viewer.get(`${factory}/${path}${path.includes('?') ? '&' : '?'}${query}`, headers)

  test('each line of CSV has the values of the item in JSON', async () => {
    const json = await (await read('format=json')).json<Record<string, Item[]>>()
    const response = await read('format=csv')
    expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present')
    const { data, meta } = Papa.parse<Record<string, string>>((await response.text()).trimEnd(), { header: true })
    const expected = json[member]!.map((item) =>
      Object.fromEntries(Object.entries(flatten(item)).map(([name, value]) => [name, toCell(value)])),
    )
    expect(data.length).toBeGreaterThan(0)
    expect(data).toEqual(expected)
    expect(guide).toContain(`${meta.fields!.join(',')}\n`)
  })

  test('Accept selects CSV too, and format=json overrides it', async () => {
    const accepted = await read('', { Accept: 'text/csv' })
    expect(await accepted.text()).toBe(await (await read('format=csv')).text())
    expect((await read('format=json', { Accept: 'text/csv' })).headers.get('Content-Type')).toBe('application/json')
  })
})

test('texts of users cannot become formulas in CSV', async () => {
  const text = async (path: string) => (await harness.viewer.get(`${factory}/${path}`, { Accept: 'text/csv' })).text()
  expect(await text('shifts')).toContain(`2024-01-16,"'=1+1",`)
  expect(await text('stops')).toContain(`,jam,0,"'+49 30 1234",2024-01-16,"'=1+1"\r\n`)
})

test('a stop of a factory without a schedule has empty cells for its shift', async () => {
  const plain = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const readings = [0, 300, 600].map((seconds) => ({ time: FROM + seconds, actual: seconds === 600 ? 1 : 0 }))
  expect((await harness.operator.post(`${plain}/chart-data`, { readings })).status).toBe(200)
  const { stops } = await (await harness.viewer.get(`${plain}/stops`)).json<{ stops: object[] }>()
  expect(stops).toEqual([expect.objectContaining({ from: FROM, to: FROM + 600, shift: null })])
  const text = await (await harness.viewer.get(`${plain}/stops?format=csv`)).text()
  expect(text).toMatch(/,shift_date,shift_name\r\n.*,,\r\n$/)
})

test('a stop that has not ended has no end in JSON and in CSV', async () => {
  const stopped = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  const readings = [0, 300, 600].map((seconds) => ({ time: FROM + seconds, actual: 0 }))
  expect((await harness.operator.post(`${stopped}/chart-data`, { readings })).status).toBe(200)
  const { stops } = await (await harness.viewer.get(`${stopped}/stops`)).json<{ stops: object[] }>()
  expect(stops).toEqual([expect.objectContaining({ from: FROM, to: null, seconds: 600 })])
  const text = await (await harness.viewer.get(`${stopped}/stops?format=csv`)).text()
  expect(text).toContain(`\r\n${FROM},${iso(FROM)},,,600,`)
})

test('lists without items have their header in CSV, and another format gets 400', async () => {
  const empty = (await harness.engineer.post('/api/factories', {})).headers.get('Location')!
  for (const list of ['shifts', 'stops', 'oee']) {
    const response = await harness.viewer.get(`${empty}/${list}?format=csv`)
    expect((await response.text()).split('\r\n')).toEqual([expect.stringContaining('from,iso_from,to,iso_to'), ''])
    expect((await harness.viewer.get(`${empty}/${list}?format=columns`)).status).toBe(400)
    expect((await harness.viewer.get(`/api/factory/999/${list}?format=csv`)).status).toBe(404)
  }
})

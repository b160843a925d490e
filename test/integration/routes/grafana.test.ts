import { beforeAll, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: Grafana reads the chart data and the summary with the URLs that its guide gives.

const files: Record<string, string> = import.meta.glob('../../../src/docs/guides/use/grafana.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const guide = Object.values(files)[0]!

/**
 * The backend parsers of Grafana's Infinity data source (in Go) accept an array at the root of JSON, or CSV records of equal
 * length after a header. A column of type `timestamp_epoch_s` reads a number or digits as Unix seconds, and a column of type
 * `number` reads a number or a numeric text. Any other value is null.
 */
type Value = number | null
const NUMBER = /^-?\d+(\.\d+)?$/
const asNumber = (value: unknown): Value => {
  if (typeof value === 'number') return value
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : null
}
const asEpochSeconds = (value: unknown): Date | null => {
  const seconds = typeof value === 'string' && !/^-?\d+$/.test(value) ? null : asNumber(value)
  return seconds === null ? null : new Date(1000 * seconds)
}
const frameOf = (rows: Record<string, unknown>[]) =>
  rows.map(({ time, actual, goal }) => ({
    time: asEpochSeconds(time)?.toISOString() ?? null,
    actual: asNumber(actual),
    goal: asNumber(goal),
  }))

const recordsOf = (csv: string): Record<string, string>[] => {
  const [header = [], ...records] = csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','))
  return records.map((fields) => {
    expect(fields, 'the parser stops at a record of another length').toHaveLength(header.length)
    return Object.fromEntries(header.map((name, at) => [name, fields[at]!]))
  })
}

const chart = '/api/factory/1/chart-data'
let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  // Two readings with an unknown value, and a gap of hours.
  await harness.operator.post(chart, {
    readings: [
      { time: 1611205959, actual: 7 },
      { time: 1611225958, goal: 9 },
    ],
  })
})

const URLS = [
  '?format=rows',
  '?format=rows&points=1000&from=1611204818&to=1611230000',
  '?format=rows&last=day',
  '?format=rows&last=week',
  '?format=rows&last=year',
  '?format=rows&resolution=hour&from=0',
  '?format=rows&limit=3',
]

test.each(URLS)('chart-data%s is a table of flat rows with times, and equals its CSV form', async (query) => {
  const rows = (await (await harness.viewer.get(`${chart}${query}`)).json()) as Record<string, unknown>[]
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(Object.keys(rows[0]!))
    for (const value of Object.values(row)) expect(value === null || Number.isSafeInteger(value), JSON.stringify(row)).toBe(true)
  }
  const frame = frameOf(rows)
  const times = frame.map(({ time }) => time!)
  expect(times).toEqual([...new Set(times)].toSorted())
  expect(times.at(-1)).toMatch(/^2021-01-21T/)
  const csv = recordsOf(await (await harness.viewer.get(`${chart}${query.replace('rows', 'csv')}`)).text())
  expect(frameOf(csv)).toEqual(frame)
  // A data source without column types reads iso_time.
  expect(csv.map(({ iso_time }) => new Date(iso_time!).toISOString())).toEqual(times)
})

test('an unknown value is null in every form, and a range without readings is an empty table', async () => {
  const rows = (await (await harness.viewer.get(`${chart}?format=rows&limit=2`)).json()) as Record<string, unknown>[]
  expect(frameOf(rows).map(({ actual, goal }) => [actual, goal])).toEqual([
    [7, null],
    [null, 9],
  ])
  expect(await (await harness.viewer.get(`${chart}?format=rows&from=0&to=60`)).json()).toEqual([])
  expect(recordsOf(await (await harness.viewer.get(`${chart}?format=csv&from=0&to=60`)).text())).toEqual([])
})

test('the URLs of the Grafana guide return tables when Grafana fills in the range', async () => {
  const urls = [...guide.matchAll(/(?:^|`)(\/api\/[^`\s]+)/gm)].map(([, url]) => url!)
  expect(urls).toContain('/api/summary')
  expect(urls.length).toBeGreaterThanOrEqual(2)
  for (const url of urls) {
    const filled = url.replaceAll('${__from:date:seconds}', '1611204818').replaceAll('${__to:date:seconds}', '1611230000')
    expect(filled).not.toContain('$')
    const response = await harness.viewer.get(filled)
    expect(response.status, filled).toBe(200)
    const body: unknown = await response.json()
    if (filled === '/api/summary') {
      const [first] = (body as { factories: { latest: { time: number }; last_day: Record<string, unknown> }[] }).factories
      expect(asEpochSeconds(first!.latest.time)!.getUTCFullYear()).toBe(2021)
      for (const name of ['actual', 'goal', 'gap', 'attainment']) expect(typeof first!.last_day[name], name).toBe('number')
    } else expect(frameOf(body as Record<string, unknown>[]).every(({ time }) => time !== null)).toBe(true)
  }
})

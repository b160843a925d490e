import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'

// Promise: the chart of a factory is a safe SVG document that shows every reading, gap and label correctly.

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})

afterEach(() => harness.drain())

const getChart = async (id = 1, headers: Record<string, string> = {}) => harness.viewer.get(`/api/factory/${id}/chart.svg`, headers)
const getSvg = async (id = 1) => (await getChart(id)).text()
/** Returns the number of unbroken parts of a line. A missing figure ends a part. */
const runs = (svg: string, line: 'actual' | 'goal') =>
  svg
    .matchAll(new RegExp(`<path class="${line}" d="([^"]*)"`, 'g'))
    .toArray()
    .at(-1)![1]!
    .match(/M/g)?.length ?? 0

test('the chart is an SVG document with a title and a description, and no script', async () => {
  const response = await getChart()
  expect(response.headers.get('Content-Type')).toBe('image/svg+xml')
  const svg = await response.text()
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" /)
  expect(svg).toContain('<title id="title">Factory 1: sprockets made and planned</title>')
  expect(svg).toContain('20 readings from 2021-01-21 04:53 to 2021-01-21 05:12 (UTC): 608 made of 605 planned, 100.5 %.')
  expect(svg).toContain('The newest: 30 made, 32 planned.')
  expect(svg).not.toMatch(/<script|\son\w+=|href=/)
  expect(svg).toContain('prefers-color-scheme:dark')
})

test('the chart is cached: it comes from KV after the first read, gets 304, and is replaced after a write', async () => {
  await getChart()
  await harness.drain()
  const cached = await getChart()
  expect(cached.headers.get('Cache-Status')).toBe('kv; hit')
  expect(cached.headers.get('Content-Type')).toBe('image/svg+xml')
  const etag = cached.headers.get('ETag')!
  expect((await getChart(1, { 'If-None-Match': etag })).status).toBe(304)
  await harness.operator.post('/api/factory/1/chart-data', { time: 1611206018, actual: 77, goal: 30 })
  await harness.drain()
  const next = await getChart()
  expect([next.headers.get('Cache-Status'), next.headers.get('ETag') === etag]).toEqual(['kv; hit', false])
  expect(await next.text()).toContain('The newest: 77 made, 30 planned.')
})

test('the Content-Security-Policy of the chart allows only its style', async () => {
  const response = await getChart()
  const style = /<style>([^]*)<\/style>/.exec(await response.text())![1]!
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)))
  expect(response.headers.get('Content-Security-Policy')).toBe(
    `default-src 'none'; style-src 'sha256-${btoa(String.fromCharCode(...digest))}'`,
  )
})

test('a factory name is escaped in the chart', async () => {
  const name = `<script>alert("1")</script>&`
  await harness.engineer.patch('/api/factory/1', { name })
  const svg = await getSvg()
  expect(svg).toContain('<title id="title">\u2068&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;\u2069: sprockets')
  expect(svg).not.toContain('<script')
  await harness.engineer.patch('/api/factory/1', { name: 'x'.repeat(100) })
  expect(await getSvg()).toContain(`>\u2068${'x'.repeat(59)}…\u2069</text>`)
})

test.each(['מפעל 12 (צפון)', 'مصنع 7', 'א'.repeat(100)])(
  'the chart isolates the name %s from the text around it, also if it is truncated',
  async (name) => {
    await harness.engineer.patch('/api/factory/1', { name })
    const svg = await getSvg()
    expect(svg).toContain(`<title id="title">\u2068${name}\u2069: sprockets made and planned</title>`)
    expect(svg.match(/class="heading" [^>]*>([^<]*)</)![1]).toBe(`\u2068${name.length > 60 ? `${name.slice(0, 59)}…` : name}\u2069`)
  },
)

test('the chart shows times in the zone of the factory', async () => {
  await harness.engineer.patch('/api/factory/1', { time_zone: 'Asia/Kathmandu' })
  expect(await getSvg()).toContain('2021-01-21 10:38 to 2021-01-21 10:57, Asia/Kathmandu')
  await harness.engineer.patch('/api/factory/1', { time_zone: 'America/St_Johns' })
  expect(await getSvg()).toContain('2021-01-21 01:23 to 2021-01-21 01:42, America/St_Johns')
})

test('unknown figures are gaps in the chart, not lines or zeros', async () => {
  expect([runs(await getSvg(), 'actual'), runs(await getSvg(), 'goal')]).toEqual([1, 1])
  await harness.operator.put('/api/factory/1/chart-data/1611205058', { actual: null })
  expect([runs(await getSvg(), 'actual'), runs(await getSvg(), 'goal')]).toEqual([2, 1])
  await harness.operator.post('/api/factory/1/chart-data', { time: 1611295958, actual: 30, goal: 30 })
  expect([runs(await getSvg(), 'actual'), runs(await getSvg(), 'goal')], 'no reading for a day').toEqual([3, 2])
})

test('the chart draws one line through hourly readings followed by minutely ones', async () => {
  const hours = Array.from({ length: 30 }, (_, n) => ({ time: 1611000000 + 3600 * n, actual: 3, goal: 3 }))
  const minutes = Array.from({ length: 100 }, (_, n) => ({ time: 1611108000 + 60 * n, actual: 3, goal: 3 }))
  await harness.engineer.put('/api/factory/1/chart-data', { readings: [...hours, ...minutes] })
  expect([runs(await getSvg(), 'actual'), runs(await getSvg(), 'goal')]).toEqual([1, 1])
})

test.each([
  ['no readings', [], 'No readings'],
  ['one reading', [{ time: 1611204818, actual: 5, goal: null }], '1 readings from 2021-01-21 04:53'],
  [
    'goals only',
    [
      { time: 1611204818, goal: 3 },
      { time: 1611204878, goal: 3 },
    ],
    'The newest: unknown made, 3 planned.',
  ],
  ['only zeros', [{ time: 1611204818, actual: 0, goal: 0 }], 'The newest: 0 made, 0 planned.'],
  ['cleared readings', [{ time: 1611204818, actual: null }], 'No readings'],
  [
    'the largest figures and a time before all dates',
    [
      { time: -9e15, actual: 1 },
      { time: 1611204818, actual: 2 ** 53 - 1 },
    ],
    '1 readings',
  ],
  ['only times before all dates', [{ time: -9e15, actual: 1 }], 'No readings'],
  [
    'the earliest possible date',
    [
      { time: -8.64e12, actual: 1 },
      { time: 1611204818, actual: 2 },
    ],
    'readings from',
  ],
])('the chart of %s can be drawn', async (_, readings, text) => {
  expect((await harness.engineer.put('/api/factory/1/chart-data', { readings })).status).toBe(200)
  const svg = await getSvg()
  expect(svg).toContain(text)
  expect(svg).not.toMatch(/NaN|undefined|Infinity|null/)
})

test.each([
  [32, 29],
  [99_000, 12_345],
  [1_200_000, 850_000],
  [123_456_789, 123_456_780],
  [2 ** 53 - 1, 2 ** 53 - 9],
])('a chart of %d and %d shows every label of its axis inside the image, and none twice', async (actual, goal) => {
  await harness.engineer.put('/api/factory/1/chart-data', { readings: [{ time: 1611204818, actual, goal }] })
  const labels = [...(await getSvg()).matchAll(/<text x="(\d+)" y="[\d.]+" class="tick" text-anchor="end">([^<]+)</g)]
  for (const [, x, text] of labels) expect(Number(x) - 7.2 * text!.length, text).toBeGreaterThanOrEqual(0)
  const text = labels.map(([, , text]) => text)
  expect([text.length >= 2, new Set(text).size]).toEqual([true, text.length])
})

test('an absent factory has no chart', async () => {
  expect((await getChart(9)).status).toBe(404)
  await harness.engineer.delete('/api/factory/1')
  await harness.drain()
  expect((await getChart()).status).toBe(404)
})

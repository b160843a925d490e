import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, test } from 'vitest'
import { annotate, listAnnotations, REASONS } from '../../support/annotations.ts'
import { isCommit } from '../../support/fault-injection.ts'
import { useFaultyHarness } from '../../support/faulty-harness.ts'
import type { FaultyHarness } from '../../support/faulty-harness.ts'
import { newIsolate } from '../../support/harness.ts'
import { contentOf, KEY, replayedHeader, sprocket, totals } from '../../support/idempotency.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a repeated request gets the first response, also if its own effect would reject it, and if the first one refused readings.

let harness: FaultyHarness['harness']
let d1: FaultyHarness['d1']
useFaultyHarness((created) => ({ harness, d1 } = created))

const chart = '/api/factory/1/chart-data'

describe('concurrent requests with one Idempotency-Key', () => {
  /** Sends a request three times at once, from two isolates, and returns the contents of the responses without their bookmarks. */
  const sendThrice = async (send: (client: FaultyHarness['harness']['operator']) => Promise<Response>) => {
    const other = harness.elsewhere(newIsolate(harness.clock))
    const responses = await Promise.all([harness.operator, harness.operator, other.operator].map(send))
    expect(responses.map(replayedHeader).filter((header) => header === 'true')).toHaveLength(2)
    return Promise.all(
      responses.map(async (response) => {
        const { 'x-d1-bookmark': _, ...content } = await contentOf(response)
        return content
      }),
    )
  }

  test('an annotation is created once, and no request gets an error because it overlaps', async () => {
    await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
    const path = '/api/factory/1/stop-annotations'
    const contents = await sendThrice((client) => client.post(path, { from: 100, to: 200, reason: 'jam' }, KEY))
    expect(contents[0]!.status).toBe(201)
    expect(new Set(contents.map((content) => JSON.stringify(content))).size).toBe(1)
    expect((await listAnnotations(harness, '/api/factory/1')).starts).toEqual([100])
  })

  test('a conditional append is applied once, and no request gets 412 because the chart has changed', async () => {
    const headers = { ...KEY, 'If-Match': (await harness.viewer.get(chart)).headers.get('ETag')! }
    const contents = await sendThrice((client) => client.post(chart, { time: 1_700_000_000, actual: 1 }, headers))
    expect(contents.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test('a request whose concurrent one is undone by a restore can be sent again', async () => {
    await harness.engineer.post('/api/sprockets', sprocket, KEY)
    await harness.drain()
    // The record is there only while the batch runs.
    d1.decide = async (trip) => {
      if (isCommit(trip) || trip.sql.includes('from "idempotency_records"'))
        await env.DB.prepare('update idempotency_records set key_pk = -key_pk').run()
      return undefined
    }
    const response = await harness.engineer.post('/api/sprockets', sprocket, KEY)
    expect((await problemOf(response, 503)).detail).toContain('was undone')
    expect(response.headers.get('Retry-After')).toBe('1')
  })

  test('a request that is rejected for another reason than its repetition gets the reason', async () => {
    await harness.engineer.put('/api/stop-reasons', { reasons: REASONS })
    await annotate(harness, '/api/factory/1', 100, 200)
    const path = '/api/factory/1/stop-annotations'
    await problemOf(await harness.operator.post(path, { from: 100, to: 200, reason: 'jam' }, KEY), 409)
    expect(await totals()).toEqual([])
  })
})

describe('a lenient write that refused readings', () => {
  const headers = { ...KEY, Prefer: 'handling=lenient, return=representation' }
  const excess = { time: 9, scrap: 5 }
  const refused = [expect.objectContaining({ pointer: '#/readings/1/scrap' })]
  beforeEach(async () => {
    await harness.operator.post(chart, {
      readings: [
        { time: 7, actual: 1 },
        { time: 9, actual: 1 },
      ],
    })
  })

  test.each([
    ['nothing', 1],
    ['a reading', 2],
  ])('a repeated one gets the refused readings if the first changed %s', async (_, actual) => {
    const readings = [{ time: 7, actual }, excess]
    const first = await contentOf(await harness.operator.post(chart, { readings }, headers))
    expect(JSON.parse(first.body)).toMatchObject({ received: 2, changed: actual - 1, refused })
    await harness.drain()
    // By now the readings would be accepted.
    await harness.operator.post(chart, { time: 9, actual: 100 })
    const repeated = await harness.operator.post(chart, { readings }, headers)
    expect(replayedHeader(repeated)).toBe('true')
    expect(await contentOf(repeated)).toEqual(first)
  })

  test('a repeated one gets the refused readings again if the first response was lost', async () => {
    const readings = [{ time: 7, actual: 2 }, excess]
    await harness.operator.post(chart, { readings }, headers)
    await harness.drain()
    await env.DB.prepare('update idempotency_records set response = null').run()
    const repeated = await harness.operator.post(chart, { readings }, headers)
    expect([replayedHeader(repeated), await repeated.json()]).toEqual(['true', expect.objectContaining({ received: 2, refused })])
  })
})

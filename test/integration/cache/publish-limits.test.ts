import { expect, describe, test } from 'vitest'
import { claimStaleEntries } from '../../../src/cache/backlog.ts'
import { lease } from '../../../src/cache/lease.ts'
import { publish } from '../../../src/cache/publish.ts'
import { openSession } from '../../../src/db/client.ts'
import { publishStale } from '../../../src/jobs/cache-upkeep.ts'
import { LOST } from '../../support/fault-injection.ts'
import { newIsolate } from '../../support/harness.ts'
import { CHART, isPublished, makeStale, PATH, readRow, usePublishing } from '../../support/publishing.ts'

// Promise: a publisher stays within its time, its operations and the minimum put interval, and no commit waits for more than the first puts.

const TOO_MANY = 'KV PUT failed: 429 Too Many Requests'
const current = usePublishing()
const append = (time: number) => current.harness.operator.post(CHART, { time, actual: 1 })

describe('the first attempt of a publisher', () => {
  /** Claims the entry, and publishes it. */
  const start = async () => {
    await makeStale()
    const { db, batch } = openSession(current.harness.isolate, 'first-primary')
    const now = current.harness.clock.now()
    const [claims] = await batch([claimStaleEntries(db, { now, staleBefore: now, limit: 1 }, 'me')])
    return publish(current.harness.isolate, claims, 'me', now)
  }

  test('the first attempt of a publisher ends before the confirm, so that a commit does not wait for the minimum put interval', async () => {
    const events: string[] = []
    current.d1.decide = async ({ sql }) => {
      if (!sql.includes('"published_at" = case')) return undefined
      await new Promise((resolve) => setTimeout(resolve, 10))
      events.push('confirm')
      return undefined
    }
    const { firstAttempt, done } = await start()
    await Promise.all([firstAttempt.then(() => events.push('first attempt')), done])
    expect(events).toEqual(['first attempt', 'confirm'])
  })

  test('the first attempt of a publisher ends if D1 fails to render', async () => {
    current.d1.decide = ({ sql }) => (sql.includes('select value as "organisation_pk"') ? { before: LOST } : undefined)
    const { firstAttempt, done } = await start()
    await done
    const later = new Promise((resolve) => setTimeout(resolve, 100, 'later'))
    expect(await Promise.race([firstAttempt.then(() => 'ended'), later])).toBe('ended')
  })
})

test('PUBLISH_SECONDS is added to the minimum put interval, for which a publisher keeps its claim after a put', async () => {
  await makeStale()
  const startedAt = current.harness.clock.now()
  await publishStale(newIsolate(current.harness.clock, { PUBLISH_SECONDS: '2' }))
  expect(current.harness.clock.now() - startedAt).toBe(1_100 + 2_000)
})

test.each([
  [5, 0],
  [6, 1],
  [11, 1],
  [12, 2],
])('a publisher that may begin %i operations puts an entry %i times, because a round takes 6', async (left, puts) => {
  current.kv.errors = [TOO_MANY, TOO_MANY, TOO_MANY]
  await makeStale()
  const { config, usage } = current.harness.isolate
  usage.begun = config.maxOperations - left
  expect(await lease(current.harness.isolate, [`1${PATH}`])).toBe(1)
  expect([current.kv.writes.length, (await readRow()).claimed_by]).toEqual([puts, null])
})

test('a publisher whose entry is invalidated before each confirm puts it for 25 s, and then releases its claim', async () => {
  const other = current.harness.elsewhere(newIsolate(current.harness.clock))
  let time = 100
  current.d1.decide = async ({ sql }) => {
    if (sql.includes('"published_at" = case')) await other.operator.post(CHART, { time: time++, actual: 1 })
    return undefined
  }
  await append(60)
  await current.harness.drain()
  current.d1.decide = () => undefined
  await other.drain()
  // A round takes the minimum put interval of 1.1 s.
  expect(current.kv.writes).toHaveLength(22)
  expect([(await readRow()).claimed_by, await isPublished()]).toEqual([null, false])
})

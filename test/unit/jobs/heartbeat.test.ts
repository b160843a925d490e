import { expect, test } from 'vitest'
import { recordHeartbeat } from '../../../src/jobs/heartbeat.ts'
import { makeScriptedIsolate } from '../../support/scripted-d1.ts'

// Promise: a cron run ends after the database has recorded its end, or the run fails.

test.each([
  ['resolves after the database has recorded the end of the run', undefined],
  ['rejects if the database does not record it', new Error('D1_ERROR: Network connection lost.')],
])('recordHeartbeat %s', async (_, error) => {
  const { isolate } = makeScriptedIsolate(() => error ?? [[]])
  const session = isolate.database.withSession('first-primary')
  let isEnded = false
  const batch = async (statements: D1PreparedStatement[]) => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    isEnded = true
    return session.batch(statements)
  }
  const slow = { prepare: (text: string) => session.prepare(text), batch, getBookmark: () => null }
  const recording = recordHeartbeat({ ...isolate, database: { withSession: () => slow } as unknown as D1Database })
  if (error) await expect(recording).rejects.toBe(error)
  else expect(await recording).toBeUndefined()
  expect(isEnded).toBe(true)
})

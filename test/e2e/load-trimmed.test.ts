import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CliError } from '../../src/cli/cli-error.ts'
import { load } from '../../src/cli/load-files.ts'
import { readMigrations } from '../../src/cli/migrations.ts'
import type { FactoryInput } from '../../src/cli/read-file.ts'
import { openSqliteDatabase } from '../../src/cli/sqlite-database.ts'

// Promise: a load changes no time of which retention keeps only sums.

const HOUR = 3_600
let sqlite: DatabaseSync
let lines: string[]

const readingsAt = (...times: number[]) => times.map((time) => ({ time, actual: 5, goal: 6, scrap: undefined }))
const original = readingsAt(60, 120, HOUR + 60, 2 * HOUR + 60, 2 * HOUR + 120)
const loadFactory = async (input: Partial<FactoryInput>) => {
  const factory = { name: undefined, timeZone: undefined, settings: {}, schedule: undefined, readings: [], ...input }
  const file = { file: 'x.json', kind: 'factories' as const, factories: [factory], reasons: undefined }
  return load(openSqliteDatabase(sqlite), [file], { organisation: 'demo', log: (line) => lines.push(line) })
}
const stored = () => ['chunks', 'daily_sums', 'audit_log'].map((table) => sqlite.prepare(`select * from ${table}`).all())

beforeEach(async () => {
  sqlite = new DatabaseSync(':memory:')
  for (const { sql } of await readMigrations()) sqlite.exec(sql)
  lines = []
  await loadFactory({ timeZone: 'Europe/Berlin', readings: original })
  sqlite.exec(`update chunks set times = null, actual = null, goal = null, scrap = null where start < ${2 * HOUR};
    update series set trimmed_before = ${2 * HOUR}`)
})
afterEach(() => sqlite.close())

test('a load of a file again skips its trimmed readings, names their number, and changes nothing', async () => {
  const before = stored()
  expect(await loadFactory({ timeZone: 'Europe/Berlin', readings: original })).toMatchObject({ readings: 0 })
  expect(stored()).toEqual(before)
  expect(lines).toEqual(['x.json: skipped 3 readings of factory 0 before 7200, of which only sums remain.'])
})

test('a load of new readings within trimmed hours keeps the sums, and adds the readings that are not older', async () => {
  const [chunks] = stored()
  const sent = readingsAt(90, HOUR + 3_000, 2 * HOUR - 1, 3 * HOUR + 60)
  expect(await loadFactory({ readings: sent })).toMatchObject({ readings: 1 })
  expect(stored()[0]).toEqual([...chunks!, expect.objectContaining({ start: 3 * HOUR, times: '60' })])
})

test('a load starts again if retention trims readings after it has read the state', async () => {
  const database = openSqliteDatabase(sqlite)
  const trim = `update chunks set times = null, actual = null, goal = null where start = ${2 * HOUR};
    update series set trimmed_before = ${3 * HOUR}`
  const trimming = {
    ...database,
    query: async (...args: Parameters<typeof database.query>) => {
      const rows = await database.query(...args)
      if (lines.length === 0) sqlite.exec(trim)
      return rows
    },
  } as typeof database
  const factory = { name: undefined, timeZone: undefined, settings: {}, schedule: undefined, readings: readingsAt(60, 2 * HOUR + 90) }
  const files = [{ file: 'x.json', kind: 'factories' as const, factories: [factory], reasons: undefined }]
  expect(await load(trimming, files, { organisation: 'demo', log: (line) => lines.push(line) })).toMatchObject({ readings: 0 })
  expect(lines.map((line) => /skipped (.*) readings? .* before (\d+)/.exec(line)?.slice(1))).toEqual([
    ['1', '7200'],
    ['2', '10800'],
  ])
})

test('a load keeps the time zone of a factory with trimmed readings, and names the cause', async () => {
  const before = stored()
  await expect(loadFactory({ timeZone: 'UTC' })).rejects.toThrow(CliError)
  await expect(loadFactory({ timeZone: 'UTC' })).rejects.toThrow('another time zone')
  expect(stored()).toEqual(before)
})

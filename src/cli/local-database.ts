import { join } from 'node:path'
import type { Database } from './database.ts'
import { CliError } from './cli-error.ts'
import { migrateLocally } from './migrations.ts'
import { configurationOf, stateDirectory } from './options.ts'
import type { Place } from './options.ts'
import { render } from './render-sql.ts'
import { TRIES } from './wrangler.ts'

/** Does something with a database. One that another process is writing to is asked again. */
const attempt = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  for (let left = TRIES; ; left--) {
    try {
      return await work()
    } catch (error) {
      const { message } = error as Error
      if (left === 1 || !message.includes('SQLITE_BUSY')) throw new CliError(`${what} failed:\n${message}`)
    }
  }
}

/** Lets wrangler print errors only while something runs: it would announce .dev.vars. */
const quietly = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const level = process.env['WRANGLER_LOG']
  process.env['WRANGLER_LOG'] = 'error'
  try {
    return await work()
  } finally {
    if (level === undefined) delete process.env['WRANGLER_LOG']
    else process.env['WRANGLER_LOG'] = level
  }
}

/**
 * Opens the local database in the runtime that wrangler brings, within this process: each run of wrangler itself would take
 * seconds to start. Applies missing migrations first. The database may be open elsewhere, as under `npm start`.
 */
export const openLocalDatabase = async (place: Place): Promise<Database> => {
  const { getPlatformProxy, unstable_splitSqlQuery: splitSql } = await import('wrangler')
  const proxy = await quietly(() =>
    getPlatformProxy<{ DB: D1Database }>({
      configPath: configurationOf(place),
      ...(place.env !== undefined && { environment: place.env }),
      persist: { path: join(stateDirectory(place), 'v3') },
      remoteBindings: false,
    }),
  )
  const d1 = proxy.env.DB
  const runAll = (what: string, statements: string[]) => attempt(what, () => d1.batch(statements.map((statement) => d1.prepare(statement))))
  const close = () => proxy.dispose()
  try {
    await attempt('Preparing the database', () => migrateLocally(d1, splitSql))
  } catch (error) {
    await close()
    throw error
  }
  return {
    async ask<Row>(what: string, statements: Parameters<typeof render>[0][]) {
      const results = await runAll(what, statements.map(render))
      return results.at(-1)!.results as Row[]
    },
    run: async (what, statements) => void (await runAll(what, statements)),
    close,
  }
}

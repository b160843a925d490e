import { join } from 'node:path'
import type { Database } from './database.ts'
import { CliError } from './cli-error.ts'
import { migrateLocally } from './migrations.ts'
import { configurationPath, stateDirectory } from './options.ts'
import type { Target } from './options.ts'
import { render } from './render-sql.ts'
import { MAX_ATTEMPTS } from './wrangler.ts'

/** Runs a step on a database. Tries again while another process writes to it. */
const withAttempts = async <Result>(step: string, work: () => Promise<Result>): Promise<Result> => {
  for (let attemptsLeft = MAX_ATTEMPTS; ; attemptsLeft--) {
    try {
      return await work()
    } catch (error) {
      const { message } = error as Error
      if (attemptsLeft === 1 || !message.includes('SQLITE_BUSY')) throw new CliError(`${step} failed:\n${message}`)
    }
  }
}

/** Limits the output of wrangler to errors while `work` runs. It would print that it uses .dev.vars. */
const withErrorsOnly = async <Result>(work: () => Promise<Result>): Promise<Result> => {
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
 * Opens the local database in this process, with the runtime of wrangler, because every run of wrangler itself takes seconds to start.
 * Applies missing migrations first. Another process may have the database open, such as `npm start`.
 */
export const openLocalDatabase = async (target: Target): Promise<Database> => {
  const { getPlatformProxy, unstable_splitSqlQuery: splitSql } = await import('wrangler')
  const proxy = await withErrorsOnly(() =>
    getPlatformProxy<{ DB: D1Database }>({
      configPath: configurationPath(target),
      ...(target.env !== undefined && { environment: target.env }),
      persist: { path: join(stateDirectory(target), 'v3') },
      remoteBindings: false,
    }),
  )
  const d1 = proxy.env.DB
  const runAll = (step: string, statements: string[]) =>
    withAttempts(step, () => d1.batch(statements.map((statement) => d1.prepare(statement))))
  const close = () => proxy.dispose()
  try {
    await withAttempts('Preparing the database', () => migrateLocally(d1, splitSql))
  } catch (error) {
    await close()
    throw error
  }
  return {
    async query<Row>(step: string, statements: Parameters<typeof render>[0][]) {
      const results = await runAll(step, statements.map(render))
      return results.at(-1)!.results as Row[]
    },
    run: async (step, statements) => void (await runAll(step, statements)),
    close,
  }
}

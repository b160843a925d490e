import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SQLWrapper } from 'drizzle-orm'
import { render } from './render.ts'
import { mustRun } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

/** A database that wrangler reaches: the local one, or the deployed one. */
export interface Database {
  /** Runs statements in one transaction and answers the rows of the last. */
  ask<Row>(what: string, statements: SQLWrapper[]): Promise<Row[]>
  /** Runs SQL of any length in one transaction. */
  run(what: string, sql: string): Promise<void>
}

/**
 * The database bound as DB.
 * @param options which one: `--local` or `--remote`, and what else wrangler needs to find it
 */
export const openDatabase = (wrangler: Wrangler, options: string[]): Database => {
  const execute = (what: string, more: string[]) => mustRun(wrangler, what, ['d1', 'execute', 'DB', ...options, ...more])
  return {
    async ask<Row>(what: string, statements: SQLWrapper[]) {
      const { stdout } = await execute(what, ['--json', '--command', statements.map(render).join(';\n')])
      const answers = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as { results: Row[] }[]
      return answers.at(-1)!.results
    },
    // A file has no limit of length, unlike a command line, and a remote database takes it whole or not at all.
    async run(what, sql) {
      const directory = await mkdtemp(join(tmpdir(), 'load-'))
      try {
        const file = join(directory, 'load.sql')
        await writeFile(file, sql, { mode: 0o600 })
        await execute(what, ['--yes', '--file', file])
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
  }
}

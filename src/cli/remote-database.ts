import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { render } from './render-sql.ts'
import { mustRun } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

/**
 * Opens the deployed database. Every call runs `wrangler d1 execute`.
 * @param options `--remote`, environment and configuration of wrangler
 */
export const openRemoteDatabase = (wrangler: Wrangler, options: string[]): Database => {
  const execute = (step: string, more: string[]) => mustRun(wrangler, step, ['d1', 'execute', 'DB', ...options, ...more])
  return {
    async query<Row>(step: string, statements: Parameters<typeof render>[0][]) {
      const { stdout } = await execute(step, ['--json', '--command', statements.map(render).join(';\n')])
      const answers = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as { results: Row[] }[]
      return answers.at(-1)!.results
    },
    // A file has no length limit, unlike a command line. A remote database applies a file completely or not at all.
    async run(step, statements) {
      const directory = await mkdtemp(join(tmpdir(), 'load-'))
      try {
        const file = join(directory, 'load.sql')
        await writeFile(file, statements.map((statement) => `${statement};\n`).join(''), { mode: 0o600 })
        await execute(step, ['--yes', '--file', file])
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
    close: () => Promise.resolve(),
  }
}

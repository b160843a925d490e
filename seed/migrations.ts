import { mustRun } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

/**
 * Applies the migrations that a database has not had yet.
 * @param options which database: `--local` or `--remote`, and what else wrangler needs to find it
 */
export const migrate = async (wrangler: Wrangler, options: string[]): Promise<void> => {
  await mustRun(wrangler, 'Preparing the database', ['d1', 'migrations', 'apply', 'DB', ...options])
}

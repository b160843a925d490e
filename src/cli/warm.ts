import { CliError, runCommand } from './cli-error.ts'
import { withDatabase } from './with-database.ts'
import { resolvePath, targetOptions, readCommandLine, wranglerArguments } from './options.ts'
import { serve } from './dev-server.ts'
import { waitForShutdown } from './shutdown-signal.ts'

/** Describes the count of each job of a cron run (src/jobs/cron.ts). */
const DESCRIPTIONS: Record<string, string> = {
  publish: 'stale entries put into KV',
  lease: 'leases of list pages renewed',
  expire: 'expired rows of the cache directory deleted',
  renew: 'steps of renewing offsets of time zones, and the days of their factories',
  retain: 'commits that applied retention',
  purge: 'rows and cache entries of deleted organisations deleted',
  sweep: 'hours and days of replaced series deleted',
  idempotency: 'idempotency records deleted',
  trim: 'audit entries deleted',
  move: 'audit entries of earlier releases moved or deleted',
  sweepZones: 'offsets of unused time zones deleted',
  reconcile: 'entries that differ between KV and the cache directory',
}

/** A cron run at a multiple of five minutes also reconciles KV with the cache directory. */
const RECONCILE_INTERVAL_MS = 5 * 60_000

const logResult = ([job, result]: [string, unknown]) =>
  console.log(`${job.padEnd(15)} ${JSON.stringify(result).padEnd(4)} ${DESCRIPTIONS[job] ?? ''}`.trimEnd())

/**
 * `npm run warm`: runs cron once on the local database and KV, and prints the result of each job. It starts a separate Worker, so it
 * works whether or not `npm start` is running.
 */
const { values } = await readCommandLine({
  command: 'npm run warm',
  usage: '[--persist-to DIR] [--env NAME]',
  options: targetOptions,
})

await runCommand(async () => {
  const target = values['persist-to'] === undefined ? [] : ['--persist-to', resolvePath(values['persist-to'])]
  const done = new AbortController()
  // Opening the database migrates it.
  await withDatabase(values, () => Promise.resolve())
  const server = await serve(
    ['--port', '0', '--inspector-port', '0', ...target, ...wranglerArguments(values)],
    () => {},
    AbortSignal.any([waitForShutdown(), done.signal]),
  )
  try {
    const results = Object.entries(await server.runCron(Math.floor(Date.now() / RECONCILE_INTERVAL_MS) * RECONCILE_INTERVAL_MS))
    results.forEach(logResult)
    if (results.some(([, result]) => typeof result === 'object' && result !== null && 'failed' in result))
      throw new CliError('At least one job failed. Its line above says why.')
  } finally {
    done.abort()
    await server.ended
  }
})

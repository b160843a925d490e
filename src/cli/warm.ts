import { CliError, runCommand } from './cli-error.ts'
import { withDatabase } from './database.ts'
import { pathOf, placeOptions, readCommandLine, workerOptions } from './options.ts'
import { serve } from './dev-server.ts'
import { waitForShutdown } from './shutdown-signal.ts'

/** What the jobs of a tick count (src/jobs/cron.ts). */
const counted: Record<string, string> = {
  publish: 'stale copies put into KV',
  warm: 'list pages leased anew',
  drop: 'lapsed copies forgotten',
  build: 'steps of summing hours and days up anew',
  retain: 'commits that trimmed readings beyond their retention',
  purge: 'rows and entries of deleted organisations removed',
  sweep: 'readings of removed series swept',
  sweepCalendars: 'hours and days of removed series swept',
  answers: 'kept answers forgotten',
  trim: 'log entries trimmed',
  reconcile: 'copies that KV and the directory disagreed about',
}

/** A tick of a multiple of so many minutes does everything, the comparison with KV too. */
const WHOLE_MS = 5 * 60_000

const tell = ([job, outcome]: [string, unknown]) =>
  console.log(`${job.padEnd(15)} ${JSON.stringify(outcome).padEnd(4)} ${counted[job] ?? ''}`.trimEnd())

/**
 * `npm run warm`: fires cron once on the local database and KV, and prints what it did. It runs a Worker of its own for that
 * moment, as another location would, so it does not matter whether npm start is serving.
 */
const { values } = await readCommandLine({
  command: 'npm run warm',
  usage: '[--persist-to DIR] [--env NAME]',
  options: placeOptions,
})

await runCommand(async () => {
  const place = values['persist-to'] === undefined ? [] : ['--persist-to', pathOf(values['persist-to'])]
  const done = new AbortController()
  // Opening it migrates it.
  await withDatabase(values, () => Promise.resolve())
  const served = await serve(
    ['--port', '0', '--inspector-port', '0', ...place, ...workerOptions(values)],
    () => {},
    AbortSignal.any([waitForShutdown(), done.signal]),
  )
  try {
    const did = Object.entries(await served.fireCron(Math.floor(Date.now() / WHOLE_MS) * WHOLE_MS))
    did.forEach(tell)
    if (did.some(([, outcome]) => typeof outcome === 'object' && outcome !== null && 'failed' in outcome))
      throw new CliError('A job failed.')
  } finally {
    done.abort()
    await served.ended
  }
})

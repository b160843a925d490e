import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { keyDirectory, LOCAL_ORGANISATION, getLocalAdminKey } from './local-admin-key.ts'
import { withDatabase } from './with-database.ts'
import type { Database } from './database.ts'
import { CliError, runCommand } from './cli-error.ts'
import { load } from './load-files.ts'
import { parseInteger, toArguments, targetOptions, readCommandLine, stateDirectory, wranglerArguments } from './options.ts'
import { checkAddress, MAX_PORT, requirePort } from './free-port.ts'
import { readSeedFile } from './read-file.ts'
import { serve } from './dev-server.ts'
import { waitForShutdown } from './shutdown-signal.ts'

const root = join(import.meta.dirname, '../..')
/** The default port of wrangler. */
const DEFAULT_PORT = 8787
const MINUTE_MS = 60_000

/** Loads the seed if the database never had a factory or a sprocket type. Deleted seed data is not loaded again. */
const seedIfEmpty = async (database: Database): Promise<void> => {
  const [row] = await database.query<{ used: number }>('Reading the database', [
    sql`select exists (select 1 from organisations where next_factory_id > 0 or next_sprocket_id > 0) as used`,
  ])
  if (row!.used) return
  console.log('Loading the seed data.')
  const files = await Promise.all(['factories', 'sprockets'].map((name) => readSeedFile(join(root, `seed/${name}.json`), Date.now())))
  await load(database, files, { organisation: LOCAL_ORGANISATION, log: console.log })
}

/** Prints the jobs of a cron run that changed something. */
const logCronRun = (results: Record<string, unknown>): void => {
  const changes = Object.entries(results).filter(([, result]) => result !== 0 && !/^\{("\w+":0,?)*\}$/.test(JSON.stringify(result)))
  if (changes.length) console.log(`cron: ${changes.map(([job, result]) => `${job} ${JSON.stringify(result)}`).join(', ')}`)
}

const logCronError = (error: Error): void => console.error(`cron: ${error.message}`)

const formatWelcome = (url: string, key: string | undefined): string => `
Serving ${url}

  ${url}/                the dashboard
  ${url}/docs            guides and reference
  ${url}/api/factory/1   a factory with its readings
  ${url}/api/factories
  ${url}/api/sprockets

${
  key === undefined
    ? `The organisation '${LOCAL_ORGANISATION}' was deleted, so there is no admin key. npm run load creates it again.`
    : `Admin key of this machine:  Authorization: Bearer ${key}

  export BASE=${url} KEY=${key}`
}

Cron runs every minute. Ctrl-C stops the server; the data stays. npm run key -- local prints the key again.
`

/** A log line of one request, of wrangler or of the Worker. */
const REQUEST_LINE = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ \d{3}\b|^\{"request_id":"[^"]*","method":/

const { values } = await readCommandLine({
  command: 'npm start',
  usage: `[--port PORT] [--ip ADDRESS] [--persist-to DIR] [--env NAME] [--config FILE]
  [--var NAME:VALUE]… [--inspector-port PORT] [--verbose]`,
  options: {
    ...targetOptions,
    port: { type: 'string' },
    ip: { type: 'string' },
    var: { type: 'string', multiple: true },
    'inspector-port': { type: 'string' },
    verbose: { type: 'boolean' },
  },
})

/** `npm start`: prepares a local database with the seed, serves the API, and runs cron every minute. */
await runCommand(async () => {
  const stopped = waitForShutdown()
  const { port = String(DEFAULT_PORT), ip, var: variables, 'inspector-port': inspectorPort, verbose, ...target } = values
  if (inspectorPort !== undefined) parseInteger('--inspector-port', inspectorPort, 0, MAX_PORT)
  if (ip !== undefined) checkAddress(ip)
  await requirePort(parseInteger('--port', port, 0, MAX_PORT), ip)

  console.log('Preparing the local database.')
  const key = await withDatabase(target, async (database) => {
    await seedIfEmpty(database)
    return getLocalAdminKey(database, LOCAL_ORGANISATION, keyDirectory(target))
  })

  if (stopped.aborted) return
  console.log('Starting the Worker.')
  const options = toArguments({ port, ip, 'persist-to': stateDirectory(target), var: variables, 'inspector-port': inspectorPort })
  const logLine = (line: string) => (verbose || !REQUEST_LINE.test(line)) && console.log(line)
  const server = await serve([...options, ...wranglerArguments(target)], logLine, stopped).catch((error: unknown) => {
    if (!stopped.aborted) throw error
  })
  if (!server) return
  // The first cron run leases the first list pages, and makes /ready respond 200.
  await server.runCron().catch(logCronError)
  const timer = setInterval(() => void server.runCron().then(logCronRun, logCronError), MINUTE_MS)
  console.log(formatWelcome(server.url, key))
  await server.ended
  clearInterval(timer)
  if (!stopped.aborted) throw new CliError('The Worker stopped unexpectedly. Run npm start -- --verbose to see its log.')
})

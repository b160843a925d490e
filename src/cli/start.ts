import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { keyDirectory, LOCAL_ORGANISATION, localAdminKey } from './local-admin-key.ts'
import { withDatabase } from './database.ts'
import type { Database } from './database.ts'
import { CliError, runCommand } from './cli-error.ts'
import { load } from './load-files.ts'
import { parseInteger, passOn, placeOptions, readCommandLine, stateDirectory, workerOptions } from './options.ts'
import { checkAddress, MAX_PORT, requirePort } from './free-port.ts'
import { readSeedFile } from './read-file.ts'
import { serve } from './dev-server.ts'
import { waitForShutdown } from './shutdown-signal.ts'

const root = join(import.meta.dirname, '../..')
/** Where wrangler serves unless it is told otherwise. */
const PORT = 8787
const MINUTE_MS = 60_000

/** Loads the seed where nothing was ever stored; what somebody has removed stays removed. */
const seedIfEmpty = async (database: Database): Promise<void> => {
  const [row] = await database.ask<{ used: number }>('Looking for data', [
    sql`select exists (select 1 from organisations where next_factory_id > 0 or next_sprocket_id > 0) as used`,
  ])
  if (row!.used) return
  console.log('Loading the seed data.')
  const files = await Promise.all(['factories', 'sprockets'].map((name) => readSeedFile(join(root, `seed/${name}.json`), Date.now())))
  await load(database, files, { organisation: LOCAL_ORGANISATION, tell: console.log })
}

/** Tells what a tick did, where that is more than nothing. */
const tellTick = (did: Record<string, unknown>): void => {
  const told = Object.entries(did).filter(([, outcome]) => outcome !== 0 && !/^\{("\w+":0,?)*\}$/.test(JSON.stringify(outcome)))
  if (told.length) console.log(`cron: ${told.map(([job, outcome]) => `${job} ${JSON.stringify(outcome)}`).join(', ')}`)
}

const tellFailure = (error: Error): void => console.error(`cron: ${error.message}`)

const welcome = (url: string, key: string | undefined): string => `
Serving ${url}

  ${url}/                the dashboard
  ${url}/docs            guides and reference
  ${url}/api/factory/1   a factory with its readings
  ${url}/api/factories
  ${url}/api/sprockets

${
  key === undefined
    ? `There is no organisation ${LOCAL_ORGANISATION} any more, so there is no key either; npm run load creates it again.`
    : `An admin key of this machine, for writing:  Authorization: Bearer ${key}

  export BASE=${url} KEY=${key}`
}

Cron fires every minute. Ctrl-C stops; the data stays. npm run key -- local prints the key again.
`

/** A line that wrangler or the Worker's request log writes for one request. */
const REQUEST = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ \d{3}\b|^\{"request_id":"[^"]*","method":/

const { values } = await readCommandLine({
  command: 'npm start',
  usage: `[--port PORT] [--ip ADDRESS] [--persist-to DIR] [--env NAME] [--config FILE]
  [--var NAME:VALUE]… [--inspector-port PORT] [--verbose]`,
  options: {
    ...placeOptions,
    port: { type: 'string' },
    ip: { type: 'string' },
    var: { type: 'string', multiple: true },
    'inspector-port': { type: 'string' },
    verbose: { type: 'boolean' },
  },
})

/** `npm start`: everything that it takes to try the API on this machine. */
await runCommand(async () => {
  const stopped = waitForShutdown()
  const { port = String(PORT), ip, var: variables, 'inspector-port': inspector, verbose, ...place } = values
  if (inspector !== undefined) parseInteger('--inspector-port', inspector, 0, MAX_PORT)
  if (ip !== undefined) checkAddress(ip)
  await requirePort(parseInteger('--port', port, 0, MAX_PORT), ip)

  console.log('Preparing the local database.')
  const key = await withDatabase(place, async (database) => {
    await seedIfEmpty(database)
    return localAdminKey(database, LOCAL_ORGANISATION, keyDirectory(place))
  })

  if (stopped.aborted) return
  console.log('Starting the Worker.')
  const options = passOn({ port, ip, 'persist-to': stateDirectory(place), var: variables, 'inspector-port': inspector })
  const tellLine = (line: string) => (verbose || !REQUEST.test(line)) && console.log(line)
  const served = await serve([...options, ...workerOptions(place)], tellLine, stopped).catch((error: unknown) => {
    if (!stopped.aborted) throw error
  })
  if (!served) return
  // The first tick warms what a newcomer asks for first, and makes /ready true.
  await served.fireCron().catch(tellFailure)
  const timer = setInterval(() => void served.fireCron().then(tellTick, tellFailure), MINUTE_MS)
  console.log(welcome(served.url, key))
  await served.ended
  clearInterval(timer)
  if (!stopped.aborted) throw new CliError('The Worker ended by itself.')
})

import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from './cli-error.ts'

/** Time limit for the first healthy response. A new address of workers.dev takes up to a minute to resolve everywhere. */
const HEALTHY_WITHIN_MS = 90_000
const POLL_INTERVAL_MS = 3_000
/** Time limit of one request. */
const REQUEST_TIMEOUT_MS = 10_000

const request = (url: string) => fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS), redirect: 'manual' })

/**
 * Requests `/health` until it responds 200.
 * @throws CliError with the last response after `healthyWithinMs`
 */
const waitUntilHealthy = async (url: string, healthyWithinMs: number): Promise<void> => {
  const deadline = Date.now() + healthyWithinMs
  for (;;) {
    const outcome = await request(`${url}/health`).then(
      async (response) => (response.ok ? undefined : `${response.status} ${(await response.text()).slice(0, 200)}`),
      (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
    )
    if (outcome === undefined) return
    if (Date.now() + POLL_INTERVAL_MS > deadline)
      throw new CliError(`The deployed Worker is not healthy. ${url}/health: ${outcome}. Run npx wrangler tail to see its log.`)
    await sleep(POLL_INTERVAL_MS)
  }
}

/** The members of the response of `/ready` that are checked. */
interface Ready {
  problems: string[]
  database: string
  kv: string
  seconds_since_cron: number | null
}

/** Parses the response of `/ready`. Returns undefined for a body that is not its report, such as an error page of the network. */
const parseReady = (text: string): Ready | undefined => {
  try {
    const body = JSON.parse(text) as Partial<Ready> | null
    return Array.isArray(body?.problems) ? (body as Ready) : undefined
  } catch {
    return undefined
  }
}

/** Tells the operator whether requests without a key can read. */
const describeAccess = async (url: string): Promise<string[]> => {
  const { status } = await request(`${url}/api/sprockets?limit=1`)
  if (status === 401) return ['Private: reads need a key.']
  return status === 200 ? ['Public: anyone can read the organisation that PUBLIC_ORGANISATION names, without a key.'] : []
}

/**
 * Tests a deployed Worker over HTTP: it runs, serves its contract, and reaches the database and KV.
 * @returns sentences for the operator: whether reads need a key, and the problems that `/ready` reports
 * @throws CliError with the URL and its response
 */
export const smokeTest = async (url: string, healthyWithinMs = HEALTHY_WITHIN_MS): Promise<string[]> => {
  await waitUntilHealthy(url, healthyWithinMs)
  const contract = await request(`${url}/openapi.json`)
  const { openapi } = contract.ok ? ((await contract.json()) as { openapi?: string }) : {}
  if (!openapi?.startsWith('3.1')) throw new CliError(`${url}/openapi.json is not an OpenAPI 3.1 document (status ${contract.status}).`)
  const response = await request(`${url}/ready`)
  const text = await response.text()
  const ready = parseReady(text)
  if (!ready || (response.status !== 200 && response.status !== 503))
    throw new CliError(`${url}/ready responded ${response.status}: ${text.slice(0, 200)}`)
  if (ready.database !== 'ok' || ready.kv !== 'ok') throw new CliError(`${url}/ready reports a failure: ${text}`)
  const access = await describeAccess(url)
  if (response.status === 200) return access
  return [
    ...access,
    `${url}/ready reports: ${ready.problems.join(' ')}`,
    ...(ready.seconds_since_cron === null ? ['The first run of cron comes a few minutes after the first deploy.'] : []),
  ]
}

import { setTimeout as wait } from 'node:timers/promises'
import { CliError } from './cli-error.ts'

/** A new address of workers.dev takes up to a minute to be known everywhere. */
const PATIENCE_MS = 90_000
const PAUSE_MS = 3_000
/** One request. */
const LIMIT_MS = 10_000

const ask = (url: string) => fetch(url, { signal: AbortSignal.timeout(LIMIT_MS), redirect: 'manual' })

/** Asks until the Worker answers that it runs, or patience is over. */
const untilHealthy = async (url: string, patienceMs: number): Promise<void> => {
  const until = Date.now() + patienceMs
  for (;;) {
    const outcome = await ask(`${url}/health`).then(
      async (response) => (response.ok ? undefined : `${response.status} ${(await response.text()).slice(0, 200)}`),
      (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
    )
    if (outcome === undefined) return
    if (Date.now() + PAUSE_MS > until) throw new CliError(`${url}/health does not answer as it should: ${outcome}`)
    await wait(PAUSE_MS)
  }
}

/** What `/ready` says, as far as it is asked here. */
interface Ready {
  status: string
  database: string
  kv: string
  seconds_since_cron: number | null
}

/** Says whether a request without a key may read, which an operator must not find out by accident. */
const describeAccess = async (url: string): Promise<string[]> => {
  const { status } = await ask(`${url}/api/sprockets?limit=1`)
  if (status === 401) return ['Private: reads need a key.']
  return status === 200 ? ['Public: anyone can read the organisation that PUBLIC_ORGANISATION names, without a key.'] : []
}

/**
 * Tries a deployed Worker over HTTP: that it runs, that database and KV answer, that it tells its contract.
 * @returns sentences for the operator: whether reads need a key, and what is not ready yet
 * @throws Failure with the address and what it answered
 */
export const smokeTest = async (url: string, patienceMs = PATIENCE_MS): Promise<string[]> => {
  await untilHealthy(url, patienceMs)
  const contract = await ask(`${url}/openapi.json`)
  const { openapi } = contract.ok ? ((await contract.json()) as { openapi?: string }) : {}
  if (!openapi?.startsWith('3.1')) throw new CliError(`${url}/openapi.json is not the contract (${contract.status}).`)
  const response = await ask(`${url}/ready`)
  const text = await response.text()
  if (response.status !== 200 && response.status !== 503)
    throw new CliError(`${url}/ready answers ${response.status}: ${text.slice(0, 200)}`)
  const ready = JSON.parse(text) as Ready
  if (ready.database !== 'ok' || ready.kv !== 'ok') throw new CliError(`${url}/ready says that it is not: ${text}`)
  const told = await describeAccess(url)
  if (response.status === 200) return told
  // Cron is asked for with the deploy and comes a minute or a few later; the first time there was none before.
  return [...told, `Cron has not run ${ready.seconds_since_cron === null ? 'yet' : 'lately'}: ${url}/ready turns to 200 when it has.`]
}

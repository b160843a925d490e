import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { CliError } from './cli-error.ts'
import { complaintOf, startWrangler } from './wrangler.ts'

/** A Worker that serves on this machine. */
export interface Served {
  /** Its address, without a slash at the end. */
  url: string
  /**
   * Fires its cron, which nothing else does here. Answers what it did, job by job.
   * @param time Unix milliseconds that the tick stands for
   */
  fireCron(time?: number): Promise<Record<string, unknown>>
  /** Its end, asked for or not. */
  ended: Promise<void>
}

/** What wrangler says once it serves. */
const READY = /Ready on (https?:\/\/\S+)/
/** What it says that is answered here, or means nothing to anybody. */
const NOISE =
  /^\s*$|Scheduled Workers are not automatically|To manually trigger a scheduled|curl "http.*\/cdn-cgi\/|test-cron-triggers-locally/
/** The line that the Worker logs at the end of a tick (src/jobs/cron.ts). */
const TICK = /^\{"cron":/
/** A tick takes longer only if it is stuck. */
const TICK_LIMIT_MS = 60_000

/** A last line that is kept until it is asked for. */
const expectTick = () => {
  let arrive: (line: string) => void = () => {}
  return {
    next: () => new Promise<string>((resolve) => (arrive = resolve)),
    take: (line: string) => arrive(line),
  }
}

/**
 * Starts the Worker on the runtime that wrangler brings.
 * @param args options of `wrangler dev`
 * @param tell is given each line of the log: requests, and what the Worker itself writes
 * @param stop ends it
 * @throws Failure if it does not come to serve, with wrangler's reason
 */
export const serve = async (args: string[], tell: (line: string) => void, stop: AbortSignal): Promise<Served> => {
  const child = startWrangler(['dev', ...args, '--show-interactive-dev-session=false'])
  stop.addEventListener('abort', () => child.kill('SIGTERM'))
  const ticks = expectTick()
  const beginning: string[] = []
  const ready = Promise.withResolvers<string>()
  let isReady = false
  const hear = (line: string) => {
    const [, url] = READY.exec(line) ?? []
    if (url !== undefined) {
      isReady = true
      ready.resolve(url.replace(/\/$/, ''))
    } else if (TICK.test(line)) ticks.take(line)
    else if (!isReady) beginning.push(line)
    else if (!NOISE.test(line)) tell(line.replace(/^\[wrangler:info\] /, ''))
  }
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => hear(stripVTControlCharacters(line)))

  const ended = once(child, 'close').then(() => {
    const complaint = complaintOf({ stdout: '', stderr: beginning.filter((line) => !NOISE.test(line)).join('\n') })
    ready.reject(new CliError(`The Worker did not start:\n${complaint}`))
  })
  const url = await ready.promise
  return {
    url,
    ended,
    async fireCron(time = Date.now()) {
      const tick = ticks.next()
      const response = await fetch(`${url}/cdn-cgi/local/scheduled?time=${time}`, { signal: AbortSignal.timeout(TICK_LIMIT_MS) })
      if (!response.ok) throw new CliError(`Cron failed: ${await response.text()}`)
      return (JSON.parse(await tick) as { cron: Record<string, unknown> }).cron
    },
  }
}

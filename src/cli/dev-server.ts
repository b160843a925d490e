import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { CliError } from './cli-error.ts'
import { parseWranglerError, startWrangler } from './wrangler.ts'

/** A Worker that runs on this machine. */
export interface DevServer {
  /** Base URL, without a slash at the end. */
  url: string
  /**
   * Runs cron once and returns the result of each job. The local runtime never runs cron by itself.
   * @param time scheduled time of the cron run, Unix milliseconds
   */
  runCron(time?: number): Promise<Record<string, unknown>>
  /** Resolves when the Worker has stopped, on request or not. */
  ended: Promise<void>
}

/** The line that wrangler prints when the Worker accepts requests. */
const READY_LINE = /Ready on (https?:\/\/\S+)/
/** Lines of wrangler that are hidden: hints on how to run cron, which the project's commands do, and empty lines. */
const HIDDEN_LINES =
  /^\s*$|Scheduled Workers are not automatically|To manually trigger a scheduled|curl "http.*\/cdn-cgi\/|test-cron-triggers-locally/
/** The line that the Worker logs at the end of a cron run (src/jobs/cron.ts). */
const CRON_LINE = /^\{"cron":/
/** Time limit of a cron run. A longer run is stuck. */
const CRON_TIMEOUT_MS = 60_000

/** Passes the log line of a cron run to the caller that waits for it. */
const createLineWaiter = () => {
  let resolveLine: (line: string) => void = () => {}
  return {
    next: () => new Promise<string>((resolve) => (resolveLine = resolve)),
    take: (line: string) => resolveLine(line),
  }
}

/**
 * Starts the Worker on the runtime that wrangler brings.
 * @param args options of `wrangler dev`
 * @param log gets each line of the log: requests, and lines of the Worker
 * @param stop stops the Worker when aborted
 * @throws CliError with wrangler's message if the Worker does not start
 */
export const serve = async (args: string[], log: (line: string) => void, stop: AbortSignal): Promise<DevServer> => {
  const child = startWrangler(['dev', ...args, '--show-interactive-dev-session=false'])
  stop.addEventListener('abort', () => child.kill('SIGTERM'))
  const cronLines = createLineWaiter()
  const startupLines: string[] = []
  const ready = Promise.withResolvers<string>()
  let isReady = false
  const onLine = (line: string) => {
    const [, url] = READY_LINE.exec(line) ?? []
    if (url !== undefined) {
      isReady = true
      ready.resolve(url.replace(/\/$/, ''))
    } else if (CRON_LINE.test(line)) cronLines.take(line)
    else if (!isReady) startupLines.push(line)
    else if (!HIDDEN_LINES.test(line)) log(line.replace(/^\[wrangler:info\] /, ''))
  }
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => onLine(stripVTControlCharacters(line)))

  const ended = once(child, 'close').then(() => {
    const message = parseWranglerError({ stdout: '', stderr: startupLines.filter((line) => !HIDDEN_LINES.test(line)).join('\n') })
    ready.reject(new CliError(`The Worker did not start:\n${message}`))
  })
  const url = await ready.promise
  return {
    url,
    ended,
    async runCron(time = Date.now()) {
      const line = cronLines.next()
      const response = await fetch(`${url}/cdn-cgi/local/scheduled?time=${time}`, { signal: AbortSignal.timeout(CRON_TIMEOUT_MS) })
      if (!response.ok) throw new CliError(`Cron failed: ${await response.text()}`)
      return (JSON.parse(await line) as { cron: Record<string, unknown> }).cron
    },
  }
}

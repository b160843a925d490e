import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { CliError } from './cli-error.ts'

/** Exit code and output of a run of wrangler. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** Runs wrangler. Tests replace it. `env` is added to its environment variables. */
export type Wrangler = (args: string[], env?: Record<string, string>) => Promise<Outcome>

const root = join(import.meta.dirname, '../..')
const program = join(root, 'node_modules/wrangler/bin/wrangler.js')

/**
 * Starts wrangler without standard input, so that it uses defaults instead of prompts. The environment turns off metrics, error reports,
 * the download of sample `request.cf` data, and the banner, which checks for updates.
 */
export const startWrangler = (args: string[], env: Record<string, string> = {}) => {
  const { FORCE_COLOR: _, ...inherited } = process.env
  return spawn(process.execPath, [program, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inherited,
      NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      ...env,
    },
  })
}

/** Runs wrangler and waits until it has exited. */
export const runWrangler: Wrangler = (args, env) =>
  new Promise((resolve, reject) => {
    const child = startWrangler(args, env)
    const outcome = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => (outcome[stream] += stripVTControlCharacters(text)))
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, code: code ?? 1 }))
  })

/**
 * Returns the error message in the output of wrangler: the text that is marked as an error, or the one in its JSON. Returns all output
 * if there is neither.
 */
export const parseWranglerError = ({ stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>): string => {
  // After an invalid option, wrangler prints all its options.
  const output = `${stderr}\n${stdout}`.split(/^wrangler [a-z]/m)[0]!
  const markedError = /\[ERROR\] ([^]*?)(?=\n\s*🪵|✘ \[ERROR\]|$)/.exec(output)?.[1]
  const jsonError = /^\{\n\s*"error": \{[^]*^\}/m.exec(output)?.[0]
  if (jsonError === undefined) return (markedError ?? output).trim()
  // For errors of the Cloudflare API, only the notes have the reason.
  const { text, notes = [] } = (JSON.parse(jsonError) as { error: { text: string; notes?: { text: string }[] } }).error
  return [text, ...notes.map((note) => note.text)].join('\n').trim()
}

/** Attempts on a local database while another process writes to it, such as the Worker of `npm start`. */
export const MAX_ATTEMPTS = 10

/**
 * Runs wrangler. Tries again while another process writes to the local database.
 * @param step names the step in error messages, such as `Deploying`
 * @throws CliError with the step and the message of wrangler
 */
export const mustRun = async (wrangler: Wrangler, step: string, args: string[], env?: Record<string, string>): Promise<Outcome> => {
  for (let attemptsLeft = MAX_ATTEMPTS; ; attemptsLeft--) {
    const outcome = await wrangler(args, env)
    if (outcome.code === 0) return outcome
    const message = parseWranglerError(outcome)
    if (message.includes('set a CLOUDFLARE_API_TOKEN'))
      throw new CliError('Not logged in to Cloudflare. Run npx wrangler login, or set CLOUDFLARE_API_TOKEN where no browser is available.')
    // After SQLITE_BUSY nothing was written. Starting wrangler takes long enough for the other process to finish.
    if (attemptsLeft === 1 || !message.includes('SQLITE_BUSY')) throw new CliError(`${step} failed:\n${message}`)
  }
}

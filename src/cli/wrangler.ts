import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { CliError } from './cli-error.ts'

/** What a run of wrangler left. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** A way to run wrangler: the real one, or that of a test. `env` is added to its environment. */
export type Wrangler = (args: string[], env?: Record<string, string>) => Promise<Outcome>

const root = join(import.meta.dirname, '../..')
const program = join(root, 'node_modules/wrangler/bin/wrangler.js')

/**
 * Starts wrangler without anything to read from, so that it asks nothing: it takes its defaults. It sends no metrics, asks
 * for no data of its own to show to the Worker, and has no banner, for that looks for updates.
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

/** Runs wrangler to its end. */
export const runWrangler: Wrangler = (args, env) =>
  new Promise((resolve, reject) => {
    const child = startWrangler(args, env)
    const outcome = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => (outcome[stream] += stripVTControlCharacters(text)))
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, code: code ?? 1 }))
  })

/** What wrangler says went wrong: what it marks as an error or puts into its JSON, or all it said where there is neither. */
export const complaintOf = ({ stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>): string => {
  // Where an option is wrong, wrangler goes on to list them all.
  const said = `${stderr}\n${stdout}`.split(/^wrangler [a-z]/m)[0]!
  const marked = /\[ERROR\] ([^]*?)(?=\n\s*🪵|✘ \[ERROR\]|$)/.exec(said)?.[1]
  const inJson = /^\{\n\s*"error": \{[^]*^\}/m.exec(said)?.[0]
  if (inJson === undefined) return (marked ?? said).trim()
  // The text of an error of Cloudflare's API is that there was one; what it was is in the notes.
  const { text, notes = [] } = (JSON.parse(inJson) as { error: { text: string; notes?: { text: string }[] } }).error
  return [text, ...notes.map((note) => note.text)].join('\n').trim()
}

/** How often a local database is asked again while another process writes to it, such as the Worker that npm start serves. */
export const TRIES = 10

/**
 * Runs wrangler and expects it to succeed.
 * @throws Failure `what` was to be done, and what wrangler says to it
 */
export const mustRun = async (wrangler: Wrangler, what: string, args: string[], env?: Record<string, string>): Promise<Outcome> => {
  for (let left = TRIES; ; left--) {
    const outcome = await wrangler(args, env)
    if (outcome.code === 0) return outcome
    const complaint = complaintOf(outcome)
    if (complaint.includes('set a CLOUDFLARE_API_TOKEN'))
      throw new CliError(
        'This takes a Cloudflare account: run npx wrangler login first, or set CLOUDFLARE_API_TOKEN where nobody can log in.',
      )
    // Nothing was written then, and starting wrangler again takes long enough for the other to have done.
    if (left === 1 || !complaint.includes('SQLITE_BUSY')) throw new CliError(`${what} failed:\n${complaint}`)
  }
}

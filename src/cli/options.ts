import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { checkEnvironment } from './environments.ts'
import { reportFailure, UsageError } from './cli-error.ts'

/** The directory in which npm was run. npm itself changes to the project's root. */
const callerDirectory = process.env['INIT_CWD'] ?? process.cwd()

/** Resolves a path of the command line. */
export const pathOf = (given: string): string => resolve(callerDirectory, given)

/** The configuration that commands use. */
export const configurationOf = ({ config }: Place): string =>
  config === undefined ? join(import.meta.dirname, '../../wrangler.toml') : pathOf(config)

/** The options that tell wrangler which Worker and which local database to use. They must be the same in all its commands. */
export const placeOptions = {
  'persist-to': { type: 'string' },
  env: { type: 'string', short: 'e' },
  config: { type: 'string', short: 'c' },
} as const satisfies ParseArgsOptionsConfig

/** The values of `placeOptions`. */
export type Place = { [K in keyof typeof placeOptions]?: string | undefined }

/** The directory of the local state: database, KV and admin key. */
export const stateDirectory = ({ 'persist-to': persistTo }: Place): string =>
  persistTo === undefined ? join(import.meta.dirname, '../../.wrangler/state') : pathOf(persistTo)

/** How a command is called. */
export interface CommandLine<Options extends ParseArgsOptionsConfig> {
  /** The command as a person types it, such as `npm run key`. */
  command: string
  /** What may follow `--`, for `--help`. */
  usage: string
  options: Options
  /** The largest number of arguments that are not options. */
  positionals?: number
}

const quoted = (name: string) => `'--${name}'`

/**
 * Parses a command line strictly: an unknown option, a repeated option, an option without a value and a stray argument are
 * refused, because a slip must not run a command somewhere else.
 * @throws UsageError
 */
export const parseOptions = <const Options extends ParseArgsOptionsConfig>(
  args: string[],
  { command, options, positionals: most = 0 }: CommandLine<Options>,
) => {
  const refuse = (reason: string): never => {
    throw new UsageError(`${reason}. ${command} -- --help lists the options.`)
  }
  const parse = () => {
    try {
      return parseArgs({ args, options, allowPositionals: true, strict: true, tokens: true })
    } catch (error) {
      // Node goes on to explain its own rules.
      return refuse((error as Error).message.split(/\.?\s*\n|\. /)[0]!)
    }
  }
  const { values, positionals, tokens } = parse()
  if (positionals.length > most) refuse(`Unexpected argument '${positionals[most]}'`)
  const named = tokens.filter((token) => token.kind === 'option')
  for (const [index, { name, value }] of named.entries()) {
    if (value === '') refuse(`Option ${quoted(name)} needs a value`)
    if (!options[name]!.multiple && named.findIndex((other) => other.name === name) < index) refuse(`Option ${quoted(name)} is repeated`)
  }
  return { values, positionals }
}

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseOptions<Options>>

/**
 * Reads the command line of this process. Ends the process where it cannot be run, and after `--help`. An environment is
 * checked here, so that no command can forget to.
 * @param read turns what was parsed into what the command needs; it may throw a UsageError
 */
export const readCommandLine = async <const Options extends ParseArgsOptionsConfig, Read = Parsed<Options>>(
  line: CommandLine<Options>,
  read: (parsed: Parsed<Options>) => Read = (parsed) => parsed as Read,
): Promise<Read> => {
  const args = process.argv.slice(2)
  const end = args.indexOf('--')
  if (args.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h')) {
    console.log(`${line.command} -- ${line.usage}`)
    return process.exit()
  }
  try {
    const parsed = parseOptions(args, line)
    const place = parsed.values as Place
    if ('env' in line.options) await checkEnvironment(configurationOf(place), place.env)
    return read(parsed)
  } catch (error) {
    reportFailure(error)
    return process.exit()
  }
}

/**
 * Parses a whole number of the command line.
 * @throws UsageError
 */
export const parseInteger = (what: string, text: string, least: number, most: number): number => {
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${what} takes a whole number from ${least} to ${most}, not '${text}'.`)
}

/** Builds the options that pass values on to wrangler. */
export const passOn = (values: Record<string, string | boolean | string[] | undefined>): string[] =>
  Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    if (value === true) return [`--${name}`]
    return [value].flat().flatMap((one) => [`--${name}`, one])
  })

/** Options for wrangler to find the Worker. */
export const workerOptions = ({ env, config }: Place): string[] =>
  passOn({ env, config: config === undefined ? undefined : pathOf(config) })

/** Options for wrangler to find the deployed database. */
export const remoteOptions = (place: Place): string[] => ['--remote', ...workerOptions(place)]

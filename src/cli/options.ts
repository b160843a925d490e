import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { checkEnvironment } from './environments.ts'
import { reportError, UsageError } from './cli-error.ts'

/** The directory in which the user ran npm. npm runs scripts in the project's root. */
const callerDirectory = process.env['INIT_CWD'] ?? process.cwd()

/** Resolves a path of the command line against the user's directory. */
export const resolvePath = (path: string): string => resolve(callerDirectory, path)

/** Returns the path of the wrangler configuration. */
export const configurationPath = ({ config }: Target): string =>
  config === undefined ? join(import.meta.dirname, '../../wrangler.toml') : resolvePath(config)

/** Options that select the Worker and its local database. A command passes them to every run of wrangler. */
export const targetOptions = {
  'persist-to': { type: 'string' },
  env: { type: 'string', short: 'e' },
  config: { type: 'string', short: 'c' },
} as const satisfies ParseArgsOptionsConfig

/** The values of `targetOptions`. */
export type Target = { [K in keyof typeof targetOptions]?: string | undefined }

/** Returns the directory of the local state: database, KV and admin key. */
export const stateDirectory = ({ 'persist-to': persistTo }: Target): string =>
  persistTo === undefined ? join(import.meta.dirname, '../../.wrangler/state') : resolvePath(persistTo)

/** The declaration of a command line. */
export interface CommandLine<Options extends ParseArgsOptionsConfig> {
  /** The command as users type it, such as `npm run key`. */
  command: string
  /** The text that `--help` prints: options and arguments that may follow `--`. */
  usage: string
  options: Options
  /** Maximum number of arguments that are not options. Default 0. */
  positionals?: number
}

const quoted = (name: string) => `'--${name}'`

/**
 * Parses a command line strictly. A typing error must not run a command on another database.
 * @throws UsageError for an unknown or repeated option, an option without a value, and an unexpected argument
 */
export const parseOptions = <const Options extends ParseArgsOptionsConfig>(
  args: string[],
  { command, options, positionals: maxPositionals = 0 }: CommandLine<Options>,
) => {
  const fail = (reason: string): never => {
    throw new UsageError(`${reason}. ${command} -- --help lists the options.`)
  }
  const parse = () => {
    try {
      return parseArgs({ args, options, allowPositionals: true, strict: true, tokens: true })
    } catch (error) {
      // The first sentence names the error. The rest of the message of Node explains general rules.
      return fail((error as Error).message.split(/\.?\s*\n|\. /)[0]!)
    }
  }
  const { values, positionals, tokens } = parse()
  if (positionals.length > maxPositionals) fail(`Unexpected argument '${positionals[maxPositionals]}'`)
  const optionTokens = tokens.filter((token) => token.kind === 'option')
  for (const [index, { name, value }] of optionTokens.entries()) {
    if (value === '') fail(`Option ${quoted(name)} needs a value`)
    if (!options[name]!.multiple && optionTokens.findIndex((other) => other.name === name) < index)
      fail(`Option ${quoted(name)} is repeated`)
  }
  return { values, positionals }
}

type Parsed<Options extends ParseArgsOptionsConfig> = ReturnType<typeof parseOptions<Options>>

/**
 * Reads the command line of this process and checks its environment. Exits the process if the command line is invalid, and after
 * `--help`.
 * @param read converts the parsed options; it may throw a UsageError
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
    const target = parsed.values as Target
    if ('env' in line.options) await checkEnvironment(configurationPath(target), target.env)
    return read(parsed)
  } catch (error) {
    reportError(error)
    return process.exit()
  }
}

/**
 * Parses a whole number of the command line.
 * @throws UsageError if the text is not a whole number between the bounds
 */
export const parseInteger = (name: string, text: string, min: number, max: number): number => {
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`${name} takes a whole number from ${min} to ${max}, not '${text}'.`)
}

/** Converts option values to arguments of wrangler. */
export const toArguments = (values: Record<string, string | boolean | string[] | undefined>): string[] =>
  Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    if (value === true) return [`--${name}`]
    return [value].flat().flatMap((item) => [`--${name}`, item])
  })

/** Returns the arguments with which wrangler finds the Worker. */
export const wranglerArguments = ({ env, config }: Target): string[] =>
  toArguments({ env, config: config === undefined ? undefined : resolvePath(config) })

/** Returns the arguments with which wrangler finds the deployed database. */
export const remoteArguments = (target: Target): string[] => ['--remote', ...wranglerArguments(target)]

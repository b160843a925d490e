import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { Failure } from './failure.ts'

/** Where a person stands who runs an npm script: npm itself goes to the project's root. */
const here = process.env['INIT_CWD'] ?? process.cwd()

/** A path that a person gave, made absolute. */
export const pathOf = (given: string): string => resolve(here, given)

/** The options that tell wrangler which Worker and which local database; they must be the same for each of its commands. */
export const placeOptions = {
  'persist-to': { type: 'string' },
  env: { type: 'string', short: 'e' },
  config: { type: 'string', short: 'c' },
} as const satisfies ParseArgsOptionsConfig

/** Their values, as `readOptions` gives them. */
export type Place = { [K in keyof typeof placeOptions]?: string | undefined }

/**
 * The options of a command.
 * @throws Failure for one that it does not know
 */
export const readOptions = <const Options extends ParseArgsOptionsConfig>(args: string[], options: Options, usage: string) => {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new Failure(`${(error as Error).message}\n${usage}`)
  }
}

/** Takes some options out of those that are wrangler's affair. Answers their values, and the arguments that are left. */
export const takeOptions = <Name extends string>(args: string[], options: { [K in Name]: { type: 'string'; short?: string } }) => {
  const { values, tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true })
  const isTaken = new Set<number>()
  for (const token of tokens) {
    if (token.kind !== 'option' || !Object.hasOwn(options, token.name)) continue
    isTaken.add(token.index)
    if (token.inlineValue === false) isTaken.add(token.index + 1)
  }
  const taken = Object.entries(values).filter(([name]) => Object.hasOwn(options, name))
  for (const [name, value] of taken) if (typeof value !== 'string') throw new Failure(`The option --${name} needs a value.`)
  return { values: Object.fromEntries(taken) as { [K in Name]?: string }, rest: args.filter((_, index) => !isTaken.has(index)) }
}

/** Options for wrangler to find the Worker. */
export const workerOptions = ({ env, config }: Place): string[] => [
  ...(env === undefined ? [] : ['--env', env]),
  ...(config === undefined ? [] : ['--config', pathOf(config)]),
]

/** Options for wrangler to find the local database. */
export const localOptions = (place: Place): string[] => [
  '--local',
  ...(place['persist-to'] === undefined ? [] : ['--persist-to', pathOf(place['persist-to'])]),
  ...workerOptions(place),
]

/** Options for wrangler to find the deployed database. */
export const remoteOptions = (place: Place): string[] => ['--remote', ...workerOptions(place)]

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { Failure } from './failure.ts'

/** Where a person stands who runs an npm script: npm itself goes to the project's root. */
const here = process.env['INIT_CWD'] ?? process.cwd()

/** A path that a person gave, made absolute. */
export const pathOf = (given: string): string => resolve(here, given)

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

/** The options among all that every wrangler command understands, and which must be the same for each. */
export const sharedOptions = (args: string[]): { persistTo?: string; shared: string[] } => {
  const { values } = parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    options: { 'persist-to': { type: 'string' }, env: { type: 'string', short: 'e' }, config: { type: 'string', short: 'c' } },
  })
  const shared = (['env', 'config'] as const).flatMap((name) => (typeof values[name] === 'string' ? [`--${name}`, values[name]] : []))
  const persistTo = values['persist-to']
  return typeof persistTo === 'string' ? { persistTo: pathOf(persistTo), shared } : { shared }
}

import { UsageError } from './cli-error.ts'

/** The options that a verb such as `create` takes, and the name of its argument, if it needs one. */
export interface Verb {
  options: readonly string[]
  argument?: string
}

/**
 * Reads the verb of a command line and its argument.
 * @throws UsageError for an unknown verb, a missing argument, and an option or argument that the verb does not take
 */
export const readVerb = <Name extends string>(
  command: string,
  verbs: Record<Name, Verb>,
  [name = '', argument, extra]: string[],
  values: Record<string, unknown>,
): { verb: Name; argument: string } => {
  const fail = (reason: string): never => {
    throw new UsageError(`${reason}. ${command} -- --help lists the options.`)
  }
  if (!Object.hasOwn(verbs, name)) fail(`${command} takes one of ${Object.keys(verbs).join(', ')}${name === '' ? '' : `, not '${name}'`}`)
  const verb = name as Name
  const { options, argument: argumentName } = verbs[verb]
  if (argumentName !== undefined && !argument) fail(`'${verb}' needs ${argumentName}`)
  const unexpected = argumentName === undefined ? argument : extra
  if (unexpected !== undefined) fail(`Unexpected argument '${unexpected}'`)
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && !options.includes(name)) fail(`'${verb}' does not take '--${name}'`)
  return { verb, argument: argument ?? '' }
}

import { UsageError } from './cli-error.ts'

/** What may follow a verb such as `create`: its options, and the name of the argument that it needs. */
export interface Verb {
  options: readonly string[]
  argument?: string
}

/**
 * Reads the verb of a command line.
 * @throws UsageError for an unknown verb, and for an option or argument that is missing or that the verb does not take
 */
export const readVerb = <Name extends string>(
  command: string,
  verbs: Record<Name, Verb>,
  [given = '', argument, stray]: string[],
  values: Record<string, unknown>,
): { verb: Name; argument: string } => {
  const refuse = (reason: string): never => {
    throw new UsageError(`${reason}. ${command} -- --help lists the options.`)
  }
  if (!Object.hasOwn(verbs, given))
    refuse(`${command} takes one of ${Object.keys(verbs).join(', ')}${given === '' ? '' : `, not '${given}'`}`)
  const verb = given as Name
  const { options, argument: wanted } = verbs[verb]
  if (wanted !== undefined && !argument) refuse(`'${verb}' needs ${wanted}`)
  const unexpected = wanted === undefined ? argument : stray
  if (unexpected !== undefined) refuse(`Unexpected argument '${unexpected}'`)
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && !options.includes(name)) refuse(`'${verb}' does not take '--${name}'`)
  return { verb, argument: argument ?? '' }
}

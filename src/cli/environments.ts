import { basename } from 'node:path'
import type { Unstable_Config as Config } from 'wrangler'
import { UsageError } from './cli-error.ts'

/** The names under which a configuration gives the Worker its database, KV namespace and limiters. */
const bindingNames = ({ d1_databases, kv_namespaces, ratelimits }: Config): string[] => [
  ...[...d1_databases, ...kv_namespaces].map(({ binding }) => binding),
  ...(ratelimits ?? []).map(({ name }) => name),
]

/**
 * Checks the environment that `--env` or CLOUDFLARE_ENV names in a configuration file. Wrangler itself only warns about an undeclared one and runs on
 * with the top level's database, and it inherits no binding into a declared one.
 * @throws UsageError if the configuration does not declare it, or declares it without a binding of the top level
 */
export const checkEnvironment = async (file: string, env = process.env['CLOUDFLARE_ENV']): Promise<void> => {
  if (!env) return
  // Wrangler takes a second to load, which only this case pays.
  const { unstable_readConfig: readConfig } = await import('wrangler')
  const read = (name?: string): Config => {
    try {
      return readConfig({ config: file, ...(name !== undefined && { env: name }) }, { hideWarnings: true })
    } catch (error) {
      throw new UsageError(`${file} cannot be used: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  const topLevel = read()
  const declared = topLevel.definedEnvironments ?? []
  if (!declared.includes(env)) {
    const known = declared.length ? `Declared: ${declared.join(', ')}` : 'None is declared'
    throw new UsageError(`${basename(file)} declares no environment '${env}'. ${known}; without --env a command uses the top level.`)
  }
  const present = bindingNames(read(env))
  const missing = bindingNames(topLevel).filter((name) => !present.includes(name))
  if (missing.length)
    throw new UsageError(`The environment '${env}' lacks ${missing.join(', ')}. An environment inherits no binding; declare each in it.`)
}

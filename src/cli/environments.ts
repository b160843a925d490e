import { basename } from 'node:path'
import type { Unstable_Config as Config } from 'wrangler'
import { UsageError } from './cli-error.ts'

/** Returns the names of the bindings of a configuration: databases, KV namespaces and rate limiters. */
const bindingNames = ({ d1_databases, kv_namespaces, ratelimits }: Config): string[] => [
  ...[...d1_databases, ...kv_namespaces].map(({ binding }) => binding),
  ...(ratelimits ?? []).map(({ name }) => name),
]

/** Returns the patterns of the routes and custom domains of a configuration. */
const routePatterns = ({ route, routes = route === undefined ? [] : [route] }: Config): string[] =>
  routes.map((each) => (typeof each === 'string' ? each : each.pattern))

/**
 * Checks that the environment of `--env` or CLOUDFLARE_ENV is declared in a configuration file with all bindings and without a route of the
 * top level. Wrangler only warns about an undeclared environment and uses the database of the top level. A declared environment inherits
 * no bindings. It inherits routes, and a deploy would move them to its Worker.
 * @throws UsageError if the environment is not declared, lacks a binding of the top level, or shares a route with it
 */
export const checkEnvironment = async (file: string, env = process.env['CLOUDFLARE_ENV']): Promise<void> => {
  if (!env) return
  // Imported here because wrangler takes a second to load, and most commands name no environment.
  const { unstable_readConfig: readConfig } = await import('wrangler')
  const read = (name?: string): Config => {
    try {
      return readConfig({ config: file, ...(name !== undefined && { env: name }) }, { hideWarnings: true })
    } catch (error) {
      throw new UsageError(`Invalid configuration ${file}: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  const topLevel = read()
  const declared = topLevel.definedEnvironments ?? []
  if (!declared.includes(env)) {
    const known = declared.length ? `Declared: ${declared.join(', ')}` : 'It declares no environments'
    throw new UsageError(`${basename(file)} declares no environment '${env}'. ${known}. Without --env, a command uses the top level.`)
  }
  const environment = read(env)
  const present = bindingNames(environment)
  const missing = bindingNames(topLevel).filter((name) => !present.includes(name))
  if (missing.length)
    throw new UsageError(
      `The environment '${env}' lacks ${missing.join(', ')}. Environments inherit no bindings: declare each in [env.${env}].`,
    )
  const topLevelRoutes = routePatterns(topLevel)
  const shared = routePatterns(environment).filter((pattern) => topLevelRoutes.includes(pattern))
  if (shared.length)
    throw new UsageError(
      `The environment '${env}' shares ${shared.join(', ')} with the top level, and its deploy would take it over. ` +
        `Environments inherit routes: declare routes = [] or others in [env.${env}].`,
    )
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParseArgsOptionsConfig } from 'node:util'
import { CliError } from './cli-error.ts'
import { migrate } from './migrations.ts'
import { toArguments, resolvePath, targetOptions, remoteArguments, wranglerArguments } from './options.ts'
import type { CommandLine, parseOptions } from './options.ts'
import { smokeTest } from './smoke-test.ts'
import { mustRun } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

const { env, config } = targetOptions

/** The command line of `npm run deploy`. All options except `env` and `config` are passed on to `wrangler deploy`. */
export const deployLine = {
  command: 'npm run deploy',
  usage: `[--env NAME] [--config FILE] [--dry-run] [--var NAME:VALUE]… [--keep-vars]
  [--tag TAG] [--message TEXT] [--outdir DIR] [--minify] [--strict]`,
  options: {
    env,
    config,
    'dry-run': { type: 'boolean' },
    var: { type: 'string', multiple: true },
    'keep-vars': { type: 'boolean' },
    tag: { type: 'string' },
    message: { type: 'string' },
    outdir: { type: 'string' },
    minify: { type: 'boolean' },
    strict: { type: 'boolean' },
  },
} as const satisfies CommandLine<ParseArgsOptionsConfig>

/** The values of the options of `deployLine`. */
export type DeployValues = ReturnType<typeof parseOptions<(typeof deployLine)['options']>>['values']

/** True if wrangler found no database to migrate, because nothing has been deployed under this name yet. */
const isMissingDatabase = (error: unknown) => error instanceof CliError && /Couldn't find an? (auto-provisioned )?D1 DB/.test(error.message)

/** Returns the URL of a deploy target, or undefined if it has none, such as a schedule. */
const parseAddress = (target: string): string | undefined => {
  const [, url] = /^(https?:\/\/[^\s/]+)\/?$/.exec(target) ?? []
  const [, domain] = /^([a-z0-9.-]+) \(custom domain/.exec(target) ?? []
  return url ?? (domain === undefined ? undefined : `https://${domain}`)
}

/** Uploads the Worker and returns its URL, if it has one. The first upload also creates the database and the KV namespace. */
const upload = async (wrangler: Wrangler, args: string[]): Promise<string | undefined> => {
  const directory = await mkdtemp(join(tmpdir(), 'deploy-'))
  try {
    const file = join(directory, 'output.ndjson')
    await mustRun(wrangler, 'Deploying', ['deploy', ...args], { WRANGLER_OUTPUT_FILE_PATH: file })
    const entries = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
    const deployed = entries
      .map((line) => JSON.parse(line) as { type: string; targets?: string[] })
      .findLast(({ type }) => type === 'deploy')
    return deployed?.targets?.map(parseAddress).find((address) => address !== undefined)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Deploys the Worker, then runs the smoke test. The database is migrated before the code that needs it is deployed. Only the first
 * deploy is followed by the migration, because it creates the database.
 * @throws CliError if a step fails; later steps do not run
 */
export const deploy = async (
  wrangler: Wrangler,
  { env, config, outdir, ...values }: DeployValues,
  log: (line: string) => void,
  healthyWithinMs?: number,
): Promise<void> => {
  const target = { env, config }
  const options = [...wranglerArguments(target), ...toArguments({ ...values, outdir: outdir && resolvePath(outdir) })]
  if (values['dry-run']) {
    await upload(wrangler, options)
    return log('Dry run: the Worker can be deployed. Nothing was changed.')
  }
  log('Migrating the database.')
  const isFirstDeploy = await migrate(wrangler, remoteArguments(target)).then(
    () => false,
    (error: unknown) => {
      if (!isMissingDatabase(error)) throw error
      return true
    },
  )
  log(isFirstDeploy ? 'The database does not exist yet. The deploy creates it.' : 'Deploying.')
  const url = await upload(wrangler, options)
  if (isFirstDeploy) {
    log('Migrating the database.')
    await migrate(wrangler, remoteArguments(target))
  }
  if (url === undefined) return log('Deployed. The Worker has routes only, so there is no address to test.')
  log(`Deployed to ${url}. Running the smoke test.`)
  log(['It works.', ...(await smokeTest(url, healthyWithinMs))].join(' '))
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParseArgsOptionsConfig } from 'node:util'
import { CliError } from './cli-error.ts'
import { migrate } from './migrations.ts'
import { passOn, pathOf, placeOptions, remoteOptions, workerOptions } from './options.ts'
import type { CommandLine, parseOptions } from './options.ts'
import { smokeTest } from './smoke-test.ts'
import { mustRun } from './wrangler.ts'
import type { Wrangler } from './wrangler.ts'

const { env, config } = placeOptions

/** How `npm run deploy` is called. What is not about the environment is an option of `wrangler deploy`. */
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

/** The values of its options. */
export type DeployValues = ReturnType<typeof parseOptions<(typeof deployLine)['options']>>['values']

/** True where wrangler finds no database to migrate: nothing has been deployed under this name yet. */
const isFirst = (error: unknown) => error instanceof CliError && /Couldn't find an? (auto-provisioned )?D1 DB/.test(error.message)

/** A target of a deploy as an address, or undefined for one that has none, such as a schedule. */
const addressOf = (target: string): string | undefined => {
  const [, url] = /^(https?:\/\/[^\s/]+)\/?$/.exec(target) ?? []
  const [, domain] = /^([a-z0-9.-]+) \(custom domain/.exec(target) ?? []
  return url ?? (domain === undefined ? undefined : `https://${domain}`)
}

/** Uploads the Worker; the first time this creates the database and the KV namespace too. Answers where it is served. */
const upload = async (wrangler: Wrangler, args: string[]): Promise<string | undefined> => {
  const directory = await mkdtemp(join(tmpdir(), 'deploy-'))
  try {
    const file = join(directory, 'output.ndjson')
    await mustRun(wrangler, 'Deploying', ['deploy', ...args], { WRANGLER_OUTPUT_FILE_PATH: file })
    const entries = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
    const deployed = entries
      .map((line) => JSON.parse(line) as { type: string; targets?: string[] })
      .findLast(({ type }) => type === 'deploy')
    return deployed?.targets?.map(addressOf).find((address) => address !== undefined)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Deploys. The database is migrated before the code that needs it, save the first time, when deploying is what creates it.
 * @param values the options of `deployLine`
 * @throws Failure of whichever step fails; no later step is taken then
 */
export const deploy = async (
  wrangler: Wrangler,
  { env, config, outdir, ...values }: DeployValues,
  tell: (line: string) => void,
  patienceMs?: number,
): Promise<void> => {
  const place = { env, config }
  const options = [...workerOptions(place), ...passOn({ ...values, outdir: outdir && pathOf(outdir) })]
  if (values['dry-run']) {
    await upload(wrangler, options)
    return tell('The Worker could be deployed; nothing was changed.')
  }
  tell('Migrating the database.')
  const first = await migrate(wrangler, remoteOptions(place)).then(
    () => false,
    (error: unknown) => {
      if (!isFirst(error)) throw error
      return true
    },
  )
  tell(first ? 'There is none yet: deploying creates it.' : 'Deploying.')
  const url = await upload(wrangler, options)
  if (first) {
    tell('Migrating the database.')
    await migrate(wrangler, remoteOptions(place))
  }
  if (url === undefined) return tell('Deployed, to no address that could be tried: it has routes only.')
  tell(`Deployed to ${url}; trying it.`)
  tell(['It works.', ...(await smokeTest(url, patienceMs))].join(' '))
}

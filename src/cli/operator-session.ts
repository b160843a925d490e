import { sql } from 'drizzle-orm'
import { actorGuards } from '../commands/mutation.ts'
import type { Actor, Mutation, Guard } from '../commands/mutation.ts'
import { SLUG_CHARACTERS } from '../schemas/organisation.ts'
import type { Database } from './database.ts'
import { CliError, UsageError } from './cli-error.ts'
import { targetOptions } from './options.ts'
import type { Target } from './options.ts'
import { renderCommit } from './render-sql.ts'

/** Options of the commands for operators. They select the database. */
export const operatorOptions = { ...targetOptions, remote: { type: 'boolean' } } as const

/**
 * Checks that the options select one database.
 * @throws UsageError if they select both a local and the deployed database
 */
export const checkTarget = ({ remote, 'persist-to': persistTo }: Target & { remote?: boolean | undefined }): void => {
  if (remote && persistTo !== undefined)
    throw new UsageError('--persist-to names a local database and --remote the deployed one. Use one of them.')
}

/**
 * Checks the slug of an organisation that a command may create.
 * @throws UsageError if it is too long or has other characters
 */
export const checkSlug = (slug: string): void => {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug) || slug.length > SLUG_CHARACTERS)
    throw new UsageError(`Invalid slug '${slug}'. Use up to ${SLUG_CHARACTERS} lower-case letters, digits and single hyphens between them.`)
}

/** Returns the operator as actor. Its audit entries have no key, and the command as user agent. */
export const operatorActor = (organisationPk: number, command: string): Actor => ({
  organisationPk,
  key: null,
  requestId: `${command.replaceAll(' ', '-')}-${crypto.randomUUID()}`,
  userAgent: command,
  country: null,
})

/**
 * Returns the primary key of the active organisation with a slug.
 * @throws CliError if it does not exist
 */
export const findOrganisation = async (database: Database, slug: string): Promise<number> => {
  const [row] = await database.query<{ pk: number }>('Finding the organisation', [
    sql`select pk from organisations where slug = ${slug} and deleted_at is null`,
  ])
  if (!row) throw new CliError(`There is no organisation '${slug}'. npm run organisation -- list shows all.`)
  return row.pk
}

/** Returns the problem of the first guard that does not hold, or undefined if all hold. */
const explainFailure = async (database: Database, step: string, guards: Guard[]): Promise<string | undefined> => {
  const columns = guards.map(({ condition }, index) => sql`${condition} as ${sql.raw(`holds${index}`)}`)
  const [row] = await database.query<Record<string, number>>(step, [sql`select ${sql.join(columns, sql`, `)}`])
  const failed = guards.find((_, index) => !row![`holds${index}`])
  if (!failed) return undefined
  const { message, fieldErrors } = failed.problem()
  return fieldErrors?.map(({ detail }) => detail).join('\n') ?? message
}

/**
 * Commits a mutation as the API would: guards, audit entry, data and invalidation in one transaction. Cron publishes.
 * @throws CliError with the problem of the first guard that does not hold
 */
export const commitMutation = async (
  database: Database,
  step: string,
  actor: Actor,
  mutation: Mutation<unknown>,
  now: number,
): Promise<void> => {
  const guards = [...actorGuards(actor, now), ...mutation.guards]
  const holds = sql.join(
    guards.map((guard) => guard.condition),
    sql` and `,
  )
  try {
    await database.run(step, renderCommit(actor, mutation, now, holds))
  } catch (error) {
    const problem = await explainFailure(database, step, guards)
    throw problem === undefined ? error : new CliError(problem)
  }
}

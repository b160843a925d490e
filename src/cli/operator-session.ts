import { sql } from 'drizzle-orm'
import { actorGuards } from '../commands/mutation.ts'
import type { Actor, Mutation, Guard } from '../commands/mutation.ts'
import type { Database } from './database.ts'
import { CliError, UsageError } from './cli-error.ts'
import { placeOptions } from './options.ts'
import type { Place } from './options.ts'
import { renderCommit, renderGuard } from './render-sql.ts'

/** Options of the commands that govern: which database, and which organisation. */
export const governingOptions = { ...placeOptions, remote: { type: 'boolean' } } as const

/**
 * Checks which database the options name.
 * @throws UsageError if they name two
 */
export const checkPlace = ({ remote, 'persist-to': persistTo }: Place & { remote?: boolean | undefined }): void => {
  if (remote && persistTo !== undefined)
    throw new UsageError('--persist-to names a local database and --remote the deployed one: give one of them.')
}

/** An operator as the log knows one. */
export const operator = (organisation: number, command: string): Actor => ({
  organisation,
  key: null,
  requestId: `${command.replaceAll(' ', '-')}-${crypto.randomUUID()}`,
  userAgent: command,
  country: null,
})

/**
 * The internal number of the living organisation of a slug.
 * @throws Failure where there is none
 */
export const numberOf = async (database: Database, slug: string): Promise<number> => {
  const [row] = await database.ask<{ number: number }>('Finding the organisation', [
    sql`select number from organisations where slug = ${slug} and deleted_at is null`,
  ])
  if (!row) throw new CliError(`There is no organisation ${slug}.`)
  return row.number
}

/** The problem of the first guard that does not hold, in words; undefined where all do. */
const reasonOf = async (database: Database, what: string, guards: Guard[]): Promise<string | undefined> => {
  const columns = guards.map(({ condition }, index) => sql`${condition} as ${sql.raw(`holds${index}`)}`)
  const [answer] = await database.ask<Record<string, number>>(what, [sql`select ${sql.join(columns, sql`, `)}`])
  const broken = guards.find((_, index) => !answer![`holds${index}`])
  if (!broken) return undefined
  const { message, fieldErrors } = broken.problem()
  return fieldErrors?.map(({ detail }) => detail).join('\n') ?? message
}

/**
 * Commits a draft as the API would: guards, log entry, data and marks in one transaction, which cron publishes.
 * @throws Failure what the first guard that does not hold has to say
 */
export const commitTo = async (database: Database, what: string, author: Actor, draft: Mutation<unknown>, now: number): Promise<void> => {
  const guards = [...actorGuards(author, now), ...draft.guards]
  const holds = sql.join(
    guards.map((guard) => guard.condition),
    sql` and `,
  )
  try {
    await database.run(what, [renderGuard(holds), ...renderCommit(author, draft, now)])
  } catch (error) {
    const reason = await reasonOf(database, what, guards)
    throw reason === undefined ? error : new CliError(reason)
  }
}

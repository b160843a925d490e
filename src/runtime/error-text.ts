import { DrizzleQueryError } from 'drizzle-orm/errors'

/**
 * Returns the messages of an error and of its causes. The message of Drizzle's wrapper is left out because it quotes the
 * parameters. They do not belong in a log, and a client could send text in them that looks like an error of D1.
 */
const errorTexts = (error: unknown): string[] => {
  if (error instanceof DrizzleQueryError) return errorTexts(error.cause)
  return error instanceof Error ? [error.message, ...errorTexts(error.cause)] : []
}

/** Returns the messages of an error and of its causes as one text, for the log. */
export const errorMessages = (error: unknown): string => errorTexts(error).join(' ').trim()

/**
 * True if a message of an error, or of one of its causes, matches after D1's prefix is removed.
 * @param text begins with `^`, because the rest of a message may contain text of a client
 */
export const anyBegins = (error: unknown, text: RegExp): boolean =>
  errorTexts(error).some((message) => text.test(message.replace(/^D1_(EXEC_)?ERROR: /, '')))

/** Messages of SQLite for a table, column or key that a statement uses and the database lacks. */
const MISSING_SCHEMA =
  /^(no such (table|column): |table \w+ has (no column named |\d+ columns but )|ON CONFLICT clause does not match any PRIMARY KEY)/

/** True for the error of a statement that needs a migration which was not applied. Nothing of its batch was applied either. */
export const isNotMigrated = (error: unknown): boolean => anyBegins(error, MISSING_SCHEMA)

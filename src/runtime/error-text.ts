import { DrizzleQueryError } from 'drizzle-orm/errors'

/**
 * Returns the messages of an error and of its causes. The message of drizzle's wrapper is left out: it quotes the parameters,
 * which do not belong in a log, and which let a client write text that looks like D1's.
 */
const errorTexts = (error: unknown): string[] => {
  if (error instanceof DrizzleQueryError) return errorTexts(error.cause)
  return error instanceof Error ? [error.message, ...errorTexts(error.cause)] : []
}

/** Returns the messages of an error and of its causes as one text, for the log. */
export const errorMessages = (error: unknown): string => errorTexts(error).join(' ').trim()

/**
 * True if a message of an error, or of a cause, matches without D1's prefix.
 * @param text begins with `^`: what stands further inside a message may be a client's
 */
export const anyBegins = (error: unknown, text: RegExp): boolean =>
  errorTexts(error).some((message) => text.test(message.replace(/^D1_(EXEC_)?ERROR: /, '')))

/** What SQLite says of a table, column or key that a statement uses and the database lacks. */
const LACKING =
  /^(no such (table|column): |table \w+ has (no column named |\d+ columns but )|ON CONFLICT clause does not match any PRIMARY KEY)/

/** True for the error of a statement that needs a migration which the database has not had. Nothing of its batch was done. */
export const isNotMigrated = (error: unknown): boolean => anyBegins(error, LACKING)

import { sql } from 'drizzle-orm'
import type { Placeholder, SQL } from 'drizzle-orm'

/**
 * Returns an integer as part of the text of a statement. A constant gives the statement one text, and a limit must not be a parameter:
 * SQLite chooses a plan by the value of a limit, so it compiles a statement with a bound limit a second time when it first runs. That
 * takes longer than most statements themselves. Drizzle types a limit as a number or a placeholder, but accepts any SQL.
 * @throws RangeError if the number is not an integer
 */
export const literal = (integer: number): SQL & Placeholder => {
  if (!Number.isSafeInteger(integer)) throw new RangeError(`${integer} is not an integer`)
  return sql.raw(String(integer)) as SQL & Placeholder
}

import { is, Placeholder as DrizzlePlaceholder, sql, SQL } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

/** What stands for a value while a phrase is put into words: something to be embedded, and nothing to reckon with. */
export type Placeholder = DrizzlePlaceholder
/** A value, or the hole of the phrase around it. */
type Filled<V extends unknown[]> = { [Place in keyof V]: V[Place] | Placeholder }

const dialect = new SQLiteAsyncDialect()

/**
 * SQL whose text is worked out once, when it is first wanted. From then on what varies is put into its holes, values as
 * parameters and SQL as it is; columns are named with their table. To word a write anew for each request takes a tenth of
 * all the time that the request does.
 * @param word says it with a hole for each value
 * @throws where the text has a question mark of its own, which could not be told from a hole
 */
export const sqlTemplate = <V extends unknown[], T = unknown>(word: (...holes: { [Place in keyof V]: Placeholder }) => SQL) => {
  let known: { texts: string[]; order: unknown[] } | undefined
  const learn = (count: number) => {
    const holes = Array.from({ length: count }, (_, place) => sql.placeholder(String(place)))
    const { sql: text, params } = dialect.sqlToQuery(word(...(holes as { [Place in keyof V]: Placeholder })))
    const texts = text.split('?')
    if (texts.length !== params.length + 1) throw new Error(`a question mark that is no hole: ${text}`)
    return { texts, order: params }
  }
  return (...values: Filled<V>): SQL<T> => {
    const { texts, order } = (known ??= learn(values.length))
    const filled = order.map((param) => (is(param, DrizzlePlaceholder) ? values[Number(param.name)] : param))
    return sql<T>(texts as unknown as TemplateStringsArray, ...filled)
  }
}

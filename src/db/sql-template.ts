import { is, Placeholder as DrizzlePlaceholder, sql, SQL } from 'drizzle-orm'
import { CompiledSql, dialect } from './dialect.ts'

/** Stands for a value while the text of a template is compiled. It can only be embedded in SQL, because it has no value yet. */
export type Placeholder = DrizzlePlaceholder
/** A value, or a placeholder of an enclosing template. */
type Arguments<V extends unknown[]> = { [Index in keyof V]: V[Index] | Placeholder }

/**
 * Compiles SQL to text at its first use and returns a function that fills in values. Values become parameters, SQL is inserted
 * as it is, and columns are qualified with their table. Building the SQL of a write for each request instead would take a tenth
 * of the CPU time of that request.
 * @param build returns the SQL, with a placeholder for each value
 * @throws Error if the text contains a literal question mark, because it looks the same as a placeholder
 */
export const sqlTemplate = <V extends unknown[], T = unknown>(build: (...placeholders: { [Index in keyof V]: Placeholder }) => SQL) => {
  let compiled: { texts: string[]; params: unknown[] } | undefined
  const compile = (count: number) => {
    const placeholders = Array.from({ length: count }, (_, index) => sql.placeholder(String(index)))
    const { sql: text, params } = dialect.sqlToQuery(build(...(placeholders as { [Index in keyof V]: Placeholder })))
    const texts = text.split('?')
    if (texts.length !== params.length + 1)
      throw new Error(`The SQL contains a question mark that is not a placeholder: ${text}. Pass it as a value.`)
    return { texts, params }
  }
  return (...values: Arguments<V>): SQL<T> => {
    const { texts, params } = (compiled ??= compile(values.length))
    const fill = (param: unknown) => (is(param, DrizzlePlaceholder) ? values[Number(param.name)] : param)
    return new SQL<T>([new CompiledSql(texts, params.map(fill))])
  }
}

import { env } from 'cloudflare:workers'
import { TABLE_NAMES } from './tables.ts'

interface Line {
  id: number
  parent: number
  detail: string
}

/** Returns the names that a statement gives to stored tables. SQLite's plans name tables and results of subqueries alike. */
const namesOfTables = (sql: string): Set<string> => {
  const tables = TABLE_NAMES.join('|')
  const aliases = sql.matchAll(new RegExp(`"?\\b(?:${tables})"? +as +"?(\\w+)`, 'g'))
  return new Set([...TABLE_NAMES, ...Array.from(aliases, ([, alias]) => alias!)])
}

/** Returns the aliases of `json_each` over a value or the texts of an outer row. Such a loop reads no row of JSON twice. */
const namesOfNested = (sql: string): Set<string> =>
  new Set(Array.from(sql.matchAll(/json_each\((?:\w+\.value[^)]*|'\[\[' \|\|[^?]*? \|\| '\]\]')\) as (\w+)/g), ([, name]) => name!))

/**
 * Returns what a statement reads without a bound, according to its plan:
 *   - all rows of a table or of an index
 *   - all rows that an organisation has in a table
 *   - a parameter of JSON as a whole for each row of something else
 *   - a table that SQLite indexes for this statement alone
 */
export const findUnbounded = (sql: string, plan: Line[]): string[] => {
  const results = new Set(plan.flatMap(({ detail }) => /^(?:CO-ROUTINE|MATERIALIZE) (\w+)/.exec(detail)?.[1] ?? []))
  const stored = namesOfTables(sql)
  const nested = namesOfNested(sql)
  const loops = plan.filter(({ detail }) => /^(SCAN|SEARCH) /.test(detail) && !detail.startsWith('SCAN CONSTANT ROW'))
  return loops
    .filter(({ parent, detail }, position) => {
      const name = detail.split(' ')[1]!
      const isInner = loops.slice(0, position).some((loop) => loop.parent === parent && !/ EXISTS /.test(loop.detail))
      if (detail.includes('VIRTUAL TABLE')) return isInner && !nested.has(name)
      if (!stored.has(name) || results.has(name)) return false
      return detail.startsWith('SCAN ') || detail.includes('AUTOMATIC') || detail.endsWith('(organisation_pk=?)')
    })
    .map(({ detail }) => detail)
}

/** Returns SQLite's plan of a statement. */
export const planOf = async (sql: string, params: readonly unknown[] = []): Promise<Line[]> => {
  const { results } = await env.DB.prepare(`explain query plan ${sql}`)
    .bind(...params)
    .all<Line>()
  return results
}

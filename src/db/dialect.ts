import { Column, Name, SQL, StringChunk, Table } from 'drizzle-orm'
import type { QueryWithTypings, SQLWrapper } from 'drizzle-orm'
import { SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core'

/** Compiled SQL with its values: the texts between the values, and the values, which may be SQL themselves. */
export class CompiledSql implements SQLWrapper {
  readonly texts: readonly string[]
  readonly values: readonly unknown[]

  constructor(texts: readonly string[], values: readonly unknown[]) {
    this.texts = texts
    this.values = values
  }

  /** Returns the texts and values as chunks of Drizzle, which renders some parts of a statement itself. */
  getSQL(): SQL {
    return new SQL(
      this.texts.flatMap((text, index) => [new StringChunk(text), ...this.values.slice(index, index + 1)]) as SQL['queryChunks'],
    )
  }

  shouldOmitSQLParens(): boolean {
    return true
  }
}

/**
 * Renders the common kinds of chunks of a statement itself, and leaves the others to Drizzle. Drizzle builds objects for each chunk,
 * which takes several times as long: a tenth of the CPU time of a write.
 */
class FastDialect extends SQLiteAsyncDialect {
  readonly #names = new WeakMap<object, string>()

  override sqlToQuery(statement: SQL, invokeSource?: 'indexes'): QueryWithTypings {
    if (invokeSource !== undefined) return super.sqlToQuery(statement, invokeSource)
    const query: QueryWithTypings = { sql: '', params: [] }
    this.#appendAll(query, statement)
    return query
  }

  #appendAll(query: QueryWithTypings, statement: SQL): void {
    for (const chunk of statement.queryChunks) this.#append(query, chunk)
  }

  #append(query: QueryWithTypings, chunk: unknown): void {
    if (chunk instanceof StringChunk) query.sql += chunk.value.length === 1 ? chunk.value[0]! : chunk.value.join('')
    else if (chunk instanceof CompiledSql) this.#appendCompiled(query, chunk)
    else if (typeof chunk === 'string' || typeof chunk === 'number' || chunk === null) this.#appendValue(query, chunk)
    else if (chunk instanceof SQL) this.#appendAll(query, chunk)
    else if (chunk instanceof Name) query.sql += this.escapeName(chunk.value)
    else if (chunk instanceof Column || chunk instanceof Table) query.sql += this.#findName(chunk)
    else if (Array.isArray(chunk)) this.#appendList(query, chunk)
    else if (chunk !== undefined) this.#appendOther(query, chunk as SQLWrapper)
  }

  #appendList(query: QueryWithTypings, chunks: unknown[]): void {
    for (const [index, chunk] of chunks.entries()) {
      query.sql += index === 0 ? '(' : ', '
      this.#append(query, chunk)
    }
    query.sql += chunks.length === 0 ? '()' : ')'
  }

  #appendCompiled(query: QueryWithTypings, { texts, values }: CompiledSql): void {
    for (const [index, text] of texts.entries()) {
      query.sql += text
      // No value follows the last text, and `#append` leaves out undefined.
      this.#append(query, values[index])
    }
  }

  #appendValue(query: QueryWithTypings, value: unknown): void {
    query.sql += '?'
    query.params.push(value)
  }

  #appendOther(query: QueryWithTypings, chunk: SQLWrapper): void {
    const { sql, params } = super.sqlToQuery(new SQL([chunk]))
    query.sql += sql
    query.params.push(...params)
  }

  /** Returns the name of a column or a table, which is the same as long as the object exists. */
  #findName(named: Column | Table): string {
    const known = this.#names.get(named)
    if (known !== undefined) return known
    const { sql } = super.sqlToQuery(new SQL([named]))
    this.#names.set(named, sql)
    return sql
  }
}

/** The dialect of all statements. It is built once, because it remembers the names of all columns. */
export const dialect = new FastDialect()

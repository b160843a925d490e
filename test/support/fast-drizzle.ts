import { Column, Param, SQL, StringChunk, Table } from 'drizzle-orm'
import type { Query } from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'

/** The parts of Drizzle's SQL that its types keep to themselves. */
interface Internal {
  queryChunks: unknown[]
  shouldInlineParams: boolean
  buildQueryFromSourceParams(chunks: unknown[], config: Config): Query
}
interface Config {
  inlineParams?: boolean
}
interface Casing {
  convert: unknown
  getColumnCasing(column: Column): string
}

export const statements = SQL.prototype as unknown as Internal
const build = statements.buildQueryFromSourceParams

/** The text of a table or column: the same for as long as the object lives. */
const names = new WeakMap<object, string>()

/** Appends the text and parameters of chunks to a query. Rare kinds of chunks are left to Drizzle. */
const append = (query: Query, owner: Internal, chunks: unknown[], config: Config): void => {
  for (const chunk of chunks) {
    if (chunk instanceof StringChunk) query.sql += chunk.value.join('')
    else if (isNested(chunk)) append(query, chunk, chunk.queryChunks, config)
    else if (isPlain(chunk)) bind(query, chunk)
    else if (chunk instanceof Param && isPlain(chunk.value)) bindMapped(query, owner, chunk, config)
    else query.sql += names.get(chunk as object) ?? appendOther(query, owner, chunk, config)
  }
}

const isNested = (chunk: unknown): chunk is Internal => chunk instanceof SQL && !(chunk as unknown as Internal).shouldInlineParams
const isPlain = (value: unknown): value is string | number | null =>
  value === null || typeof value === 'string' || typeof value === 'number'

const bind = (query: Query, value: unknown): void => {
  query.sql += '?'
  query.params.push(value)
}

const bindMapped = (query: Query, owner: Internal, chunk: Param, config: Config): void => {
  const mapped: unknown = chunk.value === null ? null : chunk.encoder.mapToDriverValue(chunk.value)
  if (isPlain(mapped)) bind(query, mapped)
  else query.sql += appendOther(query, owner, chunk, config)
}

/** Appends the parameters of one chunk, and returns its text. */
const appendOther = (query: Query, owner: Internal, chunk: unknown, config: Config): string => {
  const { sql, params } = build.call(owner, [chunk], config)
  if (chunk instanceof Column || chunk instanceof Table) names.set(chunk, sql)
  query.params.push(...params)
  return sql
}

const casings = CasingCache.prototype as unknown as Casing
const { getColumnCasing } = casings
/** How a cache without a casing converts names: not at all. */
const { convert } = new CasingCache() as unknown as Casing

/**
 * Replaces the functions with which Drizzle turns a statement into SQL text by ones that give the same several times faster:
 * they take a seventh of a run. Returns a function that undoes it.
 */
export const makeDrizzleFast = (): (() => void) => {
  statements.buildQueryFromSourceParams = function buildFast(chunks, config) {
    if (config.inlineParams || this.shouldInlineParams) return build.call(this, chunks, config)
    const query: Query = { sql: '', params: [] }
    append(query, this, chunks, config)
    return query
  }
  // Drizzle fills a cache of all columns for each session.
  casings.getColumnCasing = function getFast(column) {
    return this.convert === convert ? column.name : getColumnCasing.call(this, column)
  }
  return () => {
    statements.buildQueryFromSourceParams = build
    casings.getColumnCasing = getColumnCasing
  }
}

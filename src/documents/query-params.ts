import { isId } from '../schemas/ids.ts'

/** A value of a query parameter. */
export type ParamValue = string | number | boolean

/** A query parameter. It is declared once: requests and the paths of cache entries are parsed by the same declaration. */
export interface QueryParam<T extends ParamValue = ParamValue> {
  /** The value of a request without the parameter. Canonical paths omit it. */
  readonly default?: T
  /** Returns the value of a text, or undefined if the text is invalid. */
  readonly parse: (text: string) => T | undefined
  /** Tells the client what to send instead of an invalid text. */
  readonly remedy: string
}

export type QueryParams = Readonly<Record<string, QueryParam>>
type ValueOf<Param> = Param extends QueryParam<infer T> ? T : never

/** The parameters of a document: the id in its path, and its query parameters. Absent parameters have their default. */
export type Params<Query extends QueryParams | undefined = QueryParams> = { readonly id?: number } & (Query extends QueryParams
  ? { readonly [Name in keyof Query]?: ValueOf<Query[Name]> | undefined }
  : unknown)

/** Declares a parameter with a fixed set of values. */
export const oneOf = <const T extends string, const Default extends T = never>(
  values: readonly T[],
  fallback?: Default,
): QueryParam<T> => ({
  ...(fallback !== undefined && { default: fallback }),
  parse: (text) => values.find((value) => value === text),
  remedy: `Unknown value. Send one of ${values.join(', ')}.`,
})

/** Declares a parameter with a list of values from a fixed set, each at most once, separated by commas. */
export const someOf = (values: readonly string[]): QueryParam<string> => ({
  parse: (text) =>
    text.split(',').every((value, index, all) => values.includes(value) && all.indexOf(value) === index) ? text : undefined,
  remedy: `Unknown or repeated value. Send some of ${values.join(', ')}, separated by commas.`,
})

/** Declares a parameter that is true unless a request sends `false`. */
export const TRUE_BY_DEFAULT: QueryParam<boolean> = {
  default: true,
  parse: (text) => (text === 'true' || text === 'false' ? text === 'true' : undefined),
  remedy: 'Unknown value. Send true or false.',
}

/** The first id of a page of a list. */
export const CURSOR: QueryParam<number> = {
  default: 0,
  parse: (text) => (isId(text) ? Number(text) : undefined),
  remedy: 'Unknown cursor. Send `next` of the previous page.',
}

/** Returns parameters without those that have their default value. */
export const withoutDefaults = <P extends Params>(query: QueryParams | undefined, params: P): P =>
  Object.fromEntries(Object.entries(params).filter(([name, value]) => value !== undefined && value !== query?.[name]?.default)) as P

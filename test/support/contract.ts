import { Validator } from '@cfworker/json-schema'
import type { Schema } from '@cfworker/json-schema'
import { ERRORS } from '../../src/errors.ts'
import type { App } from '../../src/middleware/app-env.ts'
import { listContracts } from '../../src/http/add-route.ts'
import * as openapi from '../../src/http/openapi.ts'
import { findTemplate } from './contract-paths.ts'

/** The parts of an OpenAPI 3.1 document that responses are checked against. */
export interface ContractDocument {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema>
    responses: Record<string, ResponseObject>
    headers: Record<string, HeaderObject>
  }
}
export interface Operation {
  operationId: string
  parameters?: { name: string; in: string; example?: unknown; schema?: Schema }[]
  requestBody?: { required?: boolean; content: Record<string, Media> }
  responses: Record<string, ResponseObject | Reference>
  security?: object[]
}
export interface ResponseObject {
  description: string
  headers?: Record<string, HeaderObject | Reference>
  content?: Record<string, Media>
}
export interface Media {
  schema: Schema
  example?: unknown
  examples?: Record<string, { value: unknown }>
}
interface HeaderObject {
  description: string
  required: boolean
  schema: Schema
  example?: unknown
}
interface Reference {
  $ref: string
}

let built: ContractDocument | undefined

/** Returns the OpenAPI document, built from the first app. Building takes long, and all apps have the same document. */
export const documentOf = (app: App): ContractDocument => {
  built ??= openapi.buildOpenApi(listContracts(app)) as unknown as ContractDocument
  return built
}

/** Returns the target of a reference, or the value itself if it is not a reference. */
export const resolve = <T extends object>(document: ContractDocument, value: T | Reference): T => {
  if (!('$ref' in value)) return value
  const found = value.$ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document)
  if (found === undefined) throw new Error(`${value.$ref} has no target in the OpenAPI document`)
  return found as T
}

/** Returns the example of a body: next to its schema, in the schema, or in one of its alternatives. */
export const exampleOf = (document: ContractDocument, { schema, example, examples }: Media): unknown => {
  if (example !== undefined) return example
  if (examples) return Object.values(examples)[0]!.value
  const resolved = resolve<Schema>(document, schema)
  return (
    resolved.example ??
    ((resolved.oneOf ?? resolved.anyOf) as Schema[] | undefined)?.map((each) => exampleOf(document, { schema: each }))[0]
  )
}

/** Merges the schemas of `allOf`. Throws if their types differ, which happens if a component was made nullable. */
const merge = (schemas: Schema[]): Schema => {
  if (new Set(schemas.flatMap(({ type }) => (type ? [String(type)] : []))).size > 1)
    throw new Error('A component was made nullable: use a union with null.')
  return {
    ...(Object.assign({}, ...schemas) as Schema),
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)) as Record<string, Schema>,
    required: schemas.flatMap(({ required = [] }) => required),
  }
}

/** Returns a schema without references. Objects have only the described members, unless the schema says otherwise. */
export const closed = (document: ContractDocument, described: Schema): Schema => {
  const { allOf, ...own } = resolve<Schema>(document, described)
  const schema = allOf ? merge([...(allOf as Schema[]).map((each) => resolve<Schema>(document, each)), own]) : own
  const each = (value: unknown): unknown =>
    Array.isArray(value) ? value.map((item: Schema) => closed(document, item)) : closed(document, value as Schema)
  const inside = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (keyword === 'properties')
        return [
          keyword,
          Object.fromEntries(Object.entries(value as Record<string, Schema>).map(([name, of]) => [name, closed(document, of)])),
        ]
      return [keyword, ['anyOf', 'oneOf', 'items', 'not'].includes(keyword) ? each(value) : value]
    }),
  ) as Schema
  return schema.properties && schema.additionalProperties === undefined ? { ...inside, additionalProperties: false } : inside
}

const validators = new WeakMap<Schema, Validator>()

/** Returns the differences between a value and a schema of the document. */
export const misfits = (document: ContractDocument, schema: Schema, value: unknown): string[] => {
  const validator = validators.get(schema) ?? new Validator(closed(document, schema), '2020-12', false)
  validators.set(schema, validator)
  return validator.validate(value).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
}

const mediaTypeOf = ({ headers }: Response) => headers.get('Content-Type')?.split(';')[0] ?? undefined

/** Returns the faults of an error response: its form, its media type, or a type that the table of errors lacks. */
const wrongProblem = (response: Response, body: string): string[] => {
  if (mediaTypeOf(response) !== 'application/problem+json') return [`an error as ${mediaTypeOf(response)}`]
  const problem = JSON.parse(body) as Record<string, unknown>
  const row = (ERRORS as Record<string, { status: number; title: string } | undefined>)[String(problem.type).split('#')[1] ?? '']
  return [
    ...(problem.status === response.status && row?.status === response.status && row.title === problem.title
      ? []
      : [`a problem that is not in the table of errors: ${body}`]),
    ...(problem.request_id === response.headers.get('X-Request-Id') ? [] : ['another request id in the body than in the header']),
  ]
}

/** Headers that describe the body. OpenAPI states the media type in `content`. */
const BODY_HEADERS = new Set(['content-type', 'content-length'])

/** Returns the headers of a response that are not documented or not valid, and the documented ones that it lacks. */
const wrongHeaders = (document: ContractDocument, { headers: documented = {} }: ResponseObject, headers: Headers): string[] => {
  const names = new Set(Object.keys(documented).map((name) => name.toLowerCase()))
  const undocumented = [...headers.keys()].filter((name) => !names.has(name) && !BODY_HEADERS.has(name))
  return [
    ...undocumented.map((name) => `the header ${name} is not documented`),
    ...Object.entries(documented).flatMap(([name, reference]) => {
      const { required, schema } = resolve<HeaderObject>(document, reference)
      const value = headers.get(name)
      if (!value) return required ? [`no ${name}`] : []
      return misfits(document, schema, schema.type === 'integer' ? Number(value) : value).map((misfit) => `${name} ${misfit}`)
    }),
  ]
}

/** Statuses of rejections that come before routing. */
const EARLY = [414, 429, 431]

/** Returns every difference between a response and the document. */
export const violations = (document: ContractDocument, method: string, path: string, response: Response, body: string): string[] => {
  const { status, headers } = response
  const wrong: string[] = headers.get('X-Request-Id') ? [] : ['no X-Request-Id']
  if (method === 'OPTIONS') return [...wrong, ...([204, ...EARLY].includes(status) ? [] : [`status ${status} to OPTIONS`])]
  for (const name of ['Vary', 'RateLimit-Policy', 'Server-Timing']) if (!headers.get(name)) wrong.push(`no ${name}`)
  if (method === 'HEAD' && body !== '') wrong.push('a body to HEAD')
  const isError = status >= 400 && mediaTypeOf(response) !== 'application/json'
  if (isError && method !== 'HEAD') wrong.push(...wrongProblem(response, body))

  const template = findTemplate(Object.keys(document.paths), path)
  if (template === undefined)
    return [...wrong, ...([308, 404, ...EARLY].includes(status) ? [] : [`status ${status} where no route is documented`])]
  const operations = document.paths[template]!
  const operation = operations[method === 'HEAD' ? 'get' : method.toLowerCase()]
  if (!operation) {
    const offered = Object.keys(operations).flatMap((each) => (each === 'get' ? ['GET', 'HEAD'] : [each.toUpperCase()]))
    const allowed = headers.get('Allow')?.split(', ') ?? []
    const right = status === 405 && allowed.toSorted().join() === [...offered, 'OPTIONS'].toSorted().join()
    return right || EARLY.includes(status)
      ? wrong
      : [...wrong, `status ${status}, Allow: ${allowed.join()} to a method that is not documented`]
  }
  const documented = operation.responses[status]
  if (!documented) return [...wrong, `status ${status} is not documented`]
  const { content, ...described } = resolve<ResponseObject>(document, documented)
  wrong.push(...wrongHeaders(document, described, headers))
  if (!content) return body === '' ? wrong : [...wrong, 'a body that is not documented']
  const media = content[mediaTypeOf(response) ?? '']
  if (!media) return [...wrong, `${mediaTypeOf(response)} is not documented for status ${status}`]
  if (method === 'HEAD' || !/[/+]json$/.test(mediaTypeOf(response)!)) return wrong
  return [...wrong, ...misfits(document, media.schema, JSON.parse(body))]
}

/** Throws if a response differs from the OpenAPI document of its app. */
export const checkContract = async (app: App, method: string, path: string, response: Response): Promise<void> => {
  const found = violations(documentOf(app), method, path, response, await response.text())
  if (found.length) throw new Error(`${method} ${path} breaks the contract:\n  ${found.join('\n  ')}`)
}

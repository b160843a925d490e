import { expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'

// Promise: the types of the client name the bodies of the contract, for every operation. A type has the name of its schema.

interface Schema {
  $ref?: string
  oneOf?: Schema[]
  anyOf?: Schema[]
  items?: Schema
}
type Content = Record<string, { schema: Schema }>
interface Documented {
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

const sources: Record<string, string> = import.meta.glob('../../../src/client/operations.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})
const [source] = Object.values(sources) as [string]

/** Returns the entries of an interface of the source: the operation, and the text of its type. */
const entriesOf = (name: string): [operation: string, type: string][] => {
  const body = new RegExp(`export interface ${name} {\\n([^]*?)\\n}`).exec(source)![1]!
  return Array.from(body.matchAll(/^ {2}'(.+)': (.+)$/gm), ([, operation, type]) => [operation!, type!])
}
/** Names of the types that the type `Series` stands for. */
const SERIES = /^type Series = (.+)$/m.exec(source)![1]!
const namesOf = (type: string): string[] =>
  type
    .replace('Series', SERIES)
    .split(' | ')
    .filter((name) => name !== 'undefined')

const harness = await createHarness()
const { paths, components } = await (
  await harness.anonymous.get('/openapi.json')
).json<{ paths: Record<string, Record<string, Documented>>; components: { schemas: Record<string, Schema> } }>()

/** Returns the name of a schema, or of each form of a union that has a name. */
const namesIn = ({ $ref }: Schema): string[] => {
  const name = $ref!.split('/').at(-1)!
  const { oneOf, anyOf } = components.schemas[name]!
  return (oneOf ?? anyOf)?.filter((form) => form.$ref !== undefined).flatMap(namesIn) ?? [name]
}
/** Returns the names of the schemas of a body, in order. */
const bodyNames = (content: Content = {}): string[] => Object.values(content).flatMap(({ schema }) => namesIn(schema))

/** Returns the forms of a union, as types. */
const formsOf = ({ oneOf, anyOf }: Schema): string[] =>
  (oneOf ?? anyOf ?? []).map(({ $ref, items }) => ($ref ? $ref.split('/').at(-1)! : `${items?.$ref?.split('/').at(-1)}[]`))

const operations = new Map(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
  ),
)
const reads = entriesOf('Reads')
const writes = entriesOf('Writes')

test('the types of the client have exactly the operations of the contract', () => {
  const typed = [...reads.map(([path]) => `GET ${path.split('?')[0]!}`), ...writes.map(([operation]) => operation)]
  expect([...new Set(typed)].toSorted()).toEqual([...operations.keys()].toSorted())
})

test.each(reads)('the type of GET %s is the schema of the contract', (path, type) => {
  const [plain, query] = path.split('?')
  const documented = bodyNames(operations.get(`GET ${plain}`)!.responses['200']?.content)
  const [name] = namesOf(type)
  // If parameters select another format, the default format comes first.
  if (query === undefined) expect(documented[0]).toBe(name)
  else expect(documented.slice(1)).toContain(name)
})

test.each(writes)('the types of %s are the schemas of the contract', (operation, types) => {
  const [body, response] = types.slice(1, -1).split(', ') as [string, string]
  const { requestBody, responses } = operations.get(operation)!
  expect([...new Set(bodyNames(requestBody?.content))].toSorted()).toEqual(namesOf(body).toSorted())
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  expect(successes.flatMap(([, { content }]) => bodyNames(content)).slice(0, 1)).toEqual(namesOf(response))
})

test.each([...entriesOf('FieldReads').map(([path, type]) => [`GET ${path.split('?')[0]!}`, type]), ...entriesOf('Representations')])(
  'a further type of %s is a schema of the contract: %s',
  (operation, type) => {
    const contents = Object.values(operations.get(operation!)!.responses).flatMap(({ content }) => Object.values(content ?? {}))
    const forms = contents.flatMap(({ schema }) => components.schemas[schema.$ref!.split('/').at(-1)!]!).flatMap(formsOf)
    expect(forms).toContain(type)
  },
)

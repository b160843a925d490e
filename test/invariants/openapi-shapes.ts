import type { Schema } from '@cfworker/json-schema'
import type { ContractDocument, ResponseObject } from '../support/contract.ts'
import { resolve } from '../support/contract.ts'

/**
 * Arrays without a maximum length, each with the reason. Names are those of the component and its member.
 */
const UNBOUNDED: Record<string, string> = {
  'AppendResult.refused': 'a reading may have several errors',
  'FactoriesAppendResult.refused': 'a reading may have several errors',
  'OrganisationSummary.factories': 'an organisation may have any number of factories',
}

/** Verbs that operation ids begin with. */
const VERBS = /^(append|create|delete|export|get|list|ping|replace|revoke|rotate|set|update|write)[A-Z]/

interface Place {
  name: string
  schema: Schema
  isComponent: boolean
}

/** Returns a schema and all schemas inside it, without those that it refers to. */
const listSchemas = (name: string, schema: Schema, isComponent = false): Place[] => {
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema as Record<string, never> & Schema
  const inside = [
    ...Object.entries(properties as Record<string, Schema>).map(([member, of]) => [`${name}.${member}`, of] as const),
    ...[...(items ? [items as Schema] : []), ...(anyOf as Schema[]), ...(oneOf as Schema[]), ...(allOf as Schema[])].map(
      (of) => [`${name}/`, of] as const,
    ),
  ]
  return [{ name, schema, isComponent }, ...inside.flatMap(([place, of]) => listSchemas(place, of))]
}

const listOperations = ({ paths }: ContractDocument) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )

/** Returns every schema of a document with its place. */
const listAllSchemas = (document: ContractDocument): Place[] => [
  ...Object.entries(document.components.schemas).flatMap(([name, schema]) => listSchemas(name, schema, true)),
  ...Object.entries(document.components.headers).flatMap(([name, { schema }]) => listSchemas(`header ${name}`, schema)),
  ...listOperations(document).flatMap(({ name, operation: { parameters = [], requestBody, responses } }) => [
    ...parameters.flatMap((each) => listSchemas(`${name} ${each.name}`, each.schema ?? {})),
    ...[requestBody, ...Object.values(responses).map((each) => resolve<ResponseObject>(document, each))].flatMap((body) =>
      Object.values(body?.content ?? {}).flatMap((media) => listSchemas(name, media.schema)),
    ),
  ]),
]

const findSchemaFaults = ({ name, schema, isComponent }: Place): string[] => {
  const types = new Set([schema.type].flat())
  const hasBounds = (schema.minimum ?? schema.exclusiveMinimum) !== undefined && schema.maximum !== undefined
  return [
    ...(types.has('integer') && !(/^int(32|64)$/.test(schema.format ?? '') && hasBounds) ? [`${name}: no format or bounds`] : []),
    ...(types.has('number') && schema.format !== 'double' ? [`${name}: no format`] : []),
    ...(types.has('array') && schema.maxItems === undefined && !(name in UNBOUNDED) ? [`${name}: no maxItems`] : []),
    ...(schema.properties && !isComponent ? [`${name}: an object without a name`] : []),
    ...(schema.allOf ? [`${name}: allOf, for which generators build another type`] : []),
    ...(isComponent && !/^[A-Z][A-Za-z]+$/.test(name) ? [`${name}: not a noun in PascalCase`] : []),
  ]
}

const findEqualShapes = ({ components: { schemas } }: ContractDocument): string[] => {
  const objects = Object.entries(schemas).filter(([, { properties }]) => properties)
  const shape = ({ properties, required }: Schema) => JSON.stringify({ properties, required })
  const groups = Map.groupBy(objects, ([, schema]) => shape(schema))
  return [...groups.values()].filter((group) => group.length > 1).map((group) => `${group.map(([name]) => name).join(', ')}: equal shapes`)
}

const findOperationFaults = (document: ContractDocument): string[] => {
  const operations = listOperations(document)
  const ids = operations.map(({ operation }) => operation.operationId)
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id}: used twice`),
    ...ids.filter((id) => !VERBS.test(id)).map((id) => `${id}: not a verb and a noun`),
    ...operations.flatMap(({ name, operation: { responses } }) =>
      Object.entries(responses)
        .filter(([, response]) => !resolve<ResponseObject>(document, response).headers?.['X-Request-Id'])
        .map(([status]) => `${name} ${status}: no headers`),
    ),
  ]
}

/** Returns what makes generated clients poor: unnamed or equal shapes, numbers without a format, arrays without a limit, and others. */
export const findShapeFaults = (document: ContractDocument): string[] => {
  const places = listAllSchemas(document)
  const names = new Set(places.map(({ name }) => name))
  return [
    ...places.flatMap(findSchemaFaults),
    ...findEqualShapes(document),
    ...findOperationFaults(document),
    ...Object.keys(UNBOUNDED)
      .filter((name) => !names.has(name))
      .map((name) => `${name}: listed as unbounded, but absent`),
  ]
}

import { describe, expect, test } from 'vitest'
import { renderContract } from '../../src/docs/contract.ts'
import { misfits } from '../support/contract.ts'
import type { ContractDocument } from '../support/contract.ts'
import { findShapeFaults } from './openapi-shapes.ts'

// Promise: generated clients get named types, 64-bit integers and limits from the OpenAPI document.

const text = renderContract()
const document = JSON.parse(text) as ContractDocument

test('every schema of the OpenAPI document has a name, formats and limits', () => {
  expect(findShapeFaults(document)).toEqual([])
})

test('every header of the OpenAPI document has a description, and an example that fits its schema', () => {
  const wrong = Object.entries(document.components.headers).flatMap(([name, { description, schema, example }]) => [
    ...(description ? [] : [`${name}: no description`]),
    ...misfits(document, schema, example).map((misfit) => `${name}: ${misfit}`),
  ])
  expect(wrong).toEqual([])
})

describe('findShapeFaults', () => {
  const { schemas } = document.components
  const withSchema = (name: string, schema: object): ContractDocument => ({
    ...document,
    components: { ...document.components, schemas: { ...schemas, [name]: schema } },
  })
  test.each<[string, ContractDocument, RegExp]>([
    ['an integer without a format', withSchema('Age', { type: 'integer', minimum: 0, maximum: 9 }), /Age: no format or bounds/],
    ['an integer without bounds', withSchema('Age', { type: ['integer', 'null'], format: 'int64' }), /Age: no format or bounds/],
    ['a number without a format', withSchema('Ages', { anyOf: [{ type: 'number' }] }), /Ages\/: no format/],
    ['an array without a limit', withSchema('Ages', { type: 'array', items: {} }), /Ages: no maxItems/],
    ['an object without a name', withSchema('Box', { properties: { size: { properties: {} } } }), /Box\.size: an object without a name/],
    ['a merged schema', withSchema('Box', { allOf: [{ $ref: '#/components/schemas/Key' }] }), /Box: allOf/],
    ['a name in lower case', withSchema('box', { type: 'string' }), /box: not a noun/],
    ['two equal shapes', withSchema('Box', schemas['Key']!), /Key, Box: equal shapes/],
    ['an id without a noun', JSON.parse(text.replace('"getFactory"', '"get"')) as ContractDocument, /^get: not a verb and a noun/m],
    ['an id that is used twice', JSON.parse(text.replace('"listKeys"', '"getKey"')) as ContractDocument, /getKey: used twice/],
    ['a response without headers', JSON.parse(text.replace('"X-Request-Id":{"$ref"', '"X-Id":{"$ref"')) as ContractDocument, /no headers/],
    ['an exemption without use', withSchema('AppendResult', {}), /AppendResult\.refused: listed as unbounded/],
  ])('reports %s', (_, broken, fault) => {
    expect(findShapeFaults(broken).join('\n')).toMatch(fault)
  })
})

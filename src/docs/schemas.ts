import { html } from 'hono/html'
import { formatNumber } from '../schemas/limits.ts'
import type { Html } from './page.ts'

/** A JSON schema, with the keywords that the contract uses. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
  allOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  maxItems?: number
  description?: string
  example?: unknown
}

/** Formats in words. */
const FORMATS: Record<string, string> = {
  int32: '32 bits',
  int64: '64 bits',
  double: 'with or without a fraction',
  'date-time': 'RFC 3339',
  uri: 'a URL',
  'uri-reference': 'a URL or its path',
}

/** Returns a type in words. */
const nameType = (type: string) => (type === 'integer' ? 'whole number' : type)

/** True for a bound worth showing. The largest numbers of 32 bits and of JSON are omitted. */
const isBound = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < 2 ** 31 - 1

const describeLimits = ({ minimum, exclusiveMinimum, maximum, minLength, maxLength, format }: Schema): string =>
  [
    isBound(minimum) ? `from ${formatNumber(minimum!)}` : '',
    exclusiveMinimum === undefined ? '' : `above ${exclusiveMinimum}`,
    isBound(maximum) ? `to ${formatNumber(maximum!)}` : '',
    maxLength === undefined ? '' : `of ${minLength === undefined ? 'at most' : `${minLength} to`} ${formatNumber(maxLength)} characters`,
    format === undefined ? '' : `(${FORMATS[format] ?? format})`,
  ]
    .filter(Boolean)
    .join(' ')

/** Joins parts with a separator. */
export const joinWith = (parts: Html[], separator: string): Html[] =>
  parts.flatMap((part, n) => (n === 0 ? [part] : [html`${separator}`, part]))

/** Renders a type in words, with links to the schemas that it references. */
export const renderType = (schema: Schema): Html => {
  const { $ref, anyOf, allOf, oneOf, items, type, properties } = schema
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1)!
    return html`<a href="#shape-${name}">${name}</a>`
  }
  const choices = anyOf ?? oneOf
  if (choices) return html`${joinWith(choices.map(renderType), ' or ')}`
  if (allOf) return html`${joinWith(allOf.map(renderType), ' with ')}`
  if (schema.enum) return html`${schema.enum.map((value) => JSON.stringify(value)).join(' or ')}`
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`
  const types = type === undefined ? [] : [type].flat()
  const orNull = types.length > 1 && types.includes('null') ? ' or null' : ''
  if (items) {
    const limit = schema.maxItems === undefined ? '' : `at most ${formatNumber(schema.maxItems)}: `
    return html`array of ${limit}${renderType(items)}${orNull}`
  }
  if (properties) return html`object ${renderMembers(schema)}`
  const names = types.filter((each) => orNull === '' || each !== 'null').map(nameType)
  return html`${[names.join(' or ') || 'any value', describeLimits(schema)].filter(Boolean).join(' ')}${orNull}`
}

const renderMembers = ({ properties = {}, required = [] }: Schema): Html =>
  html`<table class="plain members">
    <tbody>
      ${Object.entries(properties).map(
        ([name, member]) =>
          html`<tr>
            <th scope="row"><code>${name}</code>${required.includes(name) ? '' : html` <span class="hint">optional</span>`}</th>
            <td>${renderType(member)}${member.description === undefined ? '' : html`. ${renderText(member.description)}`}</td>
          </tr>`,
      )}
    </tbody>
  </table>`

/** Renders a text of the contract. Text between backticks is code. */
export const renderText = (text: string): Html =>
  html`${text.split('`').map((part, n) => (n % 2 === 0 ? part : html`<code>${part}</code>`))}`

/** Renders every named schema. */
export const renderSchemas = (schemas: Record<string, Schema>): Html =>
  html`${Object.entries(schemas).map(
    ([name, schema]) =>
      html`<section class="shape" id="shape-${name}">
        <h3><a href="#shape-${name}">${name}</a></h3>
        <div class="scroll" role="group" tabindex="0" aria-label="Members of ${name}">
          ${schema.properties ? renderMembers(schema) : html`<p>${renderType(schema)}</p>`}
        </div>
      </section> `,
  )}`

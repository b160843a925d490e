import { html } from 'hono/html'
import { findExample, formatJson } from './examples.ts'
import type { Html, Page } from './page.ts'
import { findCommonHeaders, renderOtherHeaders, renderResponseHeaders } from './response-headers.ts'
import type { Header, Headers } from './response-headers.ts'
import { renderSchemas, renderType, renderText } from './schemas.ts'
import type { Schema } from './schemas.ts'

type Content = Record<string, { schema: Schema }>
interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  description?: string
  schema: Schema
  example?: unknown
}
interface Operation {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, ResponseObject | { $ref: string }>
}
interface ResponseObject {
  description: string
  headers: Headers
  content?: Content
}
/** The members of an OpenAPI document that the page uses. */
export interface OpenApi {
  info: { description: string; version: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; responses: Record<string, ResponseObject>; headers: Record<string, Header> }
}

/** The order of parameters by location. Path parameters come first, because they are required. */
const LOCATIONS = ['path', 'query', 'header']

const renderField = (id: string, { name, in: location, required, description, schema, example }: Parameter): Html =>
  html`<tr>
    <th scope="row">
      <label for="${id}-${name}"><code>${name}</code></label>
    </th>
    <td>
      <input
        id="${id}-${name}"
        name="${name}"
        data-in="${location}"
        value="${location === 'path' ? formatJson(example ?? schema.example ?? '') : ''}"
        autocomplete="off"
        spellcheck="false"
        ${required ? html` required` : ''}
      />
    </td>
    <td>${location}, ${renderType(schema)}${description === undefined ? '' : html`. ${renderText(description)}.`}</td>
  </tr>`

const renderBody = (document: OpenApi, id: string, content: Content): Html => {
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(content)
  return html`<p class="body"><label for="${id}-body">Body</label>, ${Object.keys(content).join(' or ')}: ${renderType(schema)}</p>
    <textarea id="${id}-body" name="body" data-type="${type}" rows="6" spellcheck="false">
${formatJson(findExample(document.components.schemas, schema) ?? {})}</textarea>`
}

/** Renders the row of shared error responses. Each error code links to the page of errors. */
const renderErrors = (document: OpenApi, common: Headers, status: string, $ref: string): Html => {
  const name = $ref.split('/').at(-1)!
  const { description, headers } = document.components.responses[name]!
  return html`<tr>
    <th scope="row">${status}</th>
    <td>
      ${description}: ${name.split('.').map((code, n) => html`${n > 0 ? ', ' : ''}<a href="/docs/errors#${code}">${code}</a>`)}
      ${renderOtherHeaders(headers, common)}
    </td>
  </tr>`
}

const renderResponse = (document: OpenApi, common: Headers, [status, response]: [string, Operation['responses'][string]]): Html => {
  if ('$ref' in response) return renderErrors(document, common, status, response.$ref)
  const { description, headers, content = {} } = response
  const [, media] = Object.entries(content)[0] ?? []
  const example = findExample(document.components.schemas, media?.schema)
  return html`<tr>
    <th scope="row">${status}</th>
    <td>
      ${description}${media ? html`: ${renderType(media.schema)}` : ''} ${renderOtherHeaders(headers, common)}
      ${
        example === undefined
          ? ''
          : html`<details>
              <summary>Example</summary>
              <pre tabindex="0"><code>${formatJson(example)}</code></pre>
            </details>`
      }
    </td>
  </tr>`
}

const renderOperation = (document: OpenApi, common: Headers, path: string, method: string, operation: Operation): Html => {
  const { operationId: id, summary, description, parameters = [], requestBody, responses } = operation
  return html`<section class="operation" id="${id}">
    <h3>
      <a href="#${id}"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></a>
    </h3>
    <p>${summary}. ${description ?? ''}</p>
    <form class="try" data-method="${method.toUpperCase()}" data-path="${path}" aria-label="Try ${method.toUpperCase()} ${path}">
      ${
        parameters.length
          ? html`<div class="scroll" role="group" tabindex="0" aria-label="Parameters of ${id}">
              <table class="plain">
                <tbody>
                  ${parameters.toSorted((a, b) => LOCATIONS.indexOf(a.in) - LOCATIONS.indexOf(b.in)).map((each) => renderField(id, each))}
                </tbody>
              </table>
            </div>`
          : ''
      }
      ${requestBody ? renderBody(document, id, requestBody.content) : ''}
      <p><button type="submit">Send</button> <span class="said" role="status"></span></p>
      <div class="result" hidden></div>
    </form>
    <details>
      <summary>Responses</summary>
      <table class="plain">
        <tbody>
          ${Object.entries(responses).map((each) => renderResponse(document, common, each))}
        </tbody>
      </table>
    </details>
  </section> `
}

/** Renders the reference from the contract: every route with a form that sends a request. */
export const referencePage = (document: OpenApi, script: string): Page => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation, tag: operation.tags[0] })),
  )
  // The shared error responses have the headers that every response has.
  const common = findCommonHeaders(Object.values(document.components.responses).map(({ headers }) => headers))
  const groups = document.tags.map((tag) => ({ ...tag, of: operations.filter((each) => each.tag === tag.name) }))
  return {
    address: '/docs/reference',
    title: 'Reference',
    script,
    body: html`<div class="reference">
      <nav class="contents" aria-label="Routes">
        ${groups.map(
          ({ name, of }) =>
            html`<h2>${name}</h2>
              <ul>
                ${of.map(
                  ({ path, method, operation }) =>
                    html`<li>
                      <a href="#${operation.operationId}"
                        ><span class="method ${method}">${method.toUpperCase()}</span> ${path.replace('/api', '')}</a
                      >
                    </li>`,
                )}
              </ul>`,
        )}
        <h2><a href="#headers">Response headers</a></h2>
        <h2>Schemas</h2>
        <ul>
          ${Object.keys(document.components.schemas).map((name) => html`<li><a href="#shape-${name}">${name}</a></li>`)}
        </ul>
      </nav>
      <article>
        <h1>Reference</h1>
        <p>${document.info.description} For machines: <a href="/openapi.json">openapi.json</a>, version ${document.info.version}.</p>
        <form class="key" id="key-form">
          <label for="key">API key</label>
          <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="no key: public reads only" />
          <span class="hint">used by the forms on this page; stored in this tab only, until the tab closes</span>
        </form>
        ${groups.map(
          ({ name, description, of }) =>
            html`<h2 id="${name.toLowerCase()}">${name}</h2>
              <p>${description}.</p>
              ${of.map(({ path, method, operation }) => renderOperation(document, common, path, method, operation))}`,
        )}
        ${renderResponseHeaders(document.components.headers, common)}
        <h2 id="shapes">Schemas</h2>
        ${renderSchemas(document.components.schemas)}
      </article>
    </div>`,
  }
}

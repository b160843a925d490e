import { html } from 'hono/html'
import type { Html } from './page.ts'
import { joinWith, renderText, renderType } from './schemas.ts'
import type { Schema } from './schemas.ts'

/** A response header, in `components.headers` of the contract. */
export interface Header {
  description: string
  required: boolean
  schema: Schema
}

/** The headers of one response, as references to components. A reference that ends in `.optional` is of a header that may be absent. */
export type Headers = Record<string, { $ref: string }>

const renderLink = (name: string): Html => html`<a href="#header-${name}">${name}</a>`

/** Renders the names of headers, with links to their descriptions. */
const renderNames = (headers: Headers): Html =>
  html`${joinWith(
    Object.entries(headers).map(([name, { $ref }]) => html`${renderLink(name)}${$ref.endsWith('.optional') ? ' (not always)' : ''}`),
    ', ',
  )}`

/** Returns the headers that all of some responses have. */
export const findCommonHeaders = (responses: Headers[]): Headers =>
  Object.fromEntries(Object.entries(responses[0] ?? {}).filter(([name]) => responses.every((headers) => name in headers)))

/** Renders the names of the headers of a response in addition to the common ones; nothing if there are none. */
export const renderOtherHeaders = (headers: Headers, common: Headers): Html | '' => {
  const others = Object.fromEntries(Object.entries(headers).filter(([name]) => !(name in common)))
  return Object.keys(others).length === 0 ? '' : html`<p class="hint">Headers: ${renderNames(others)}</p>`
}

/** Renders the description of every response header. */
export const renderResponseHeaders = (components: Record<string, Header>, common: Headers): Html => {
  const headers = new Map(Object.entries(components).map(([name, header]) => [name.replace(/\.optional$/, ''), header]))
  return html`<h2 id="headers">Response headers</h2>
    <p>Headers of every response: ${renderNames(common)}. Each response of a route lists its other headers.</p>
    <div class="scroll" role="group" tabindex="0" aria-label="Response headers">
      <table class="plain members">
        <tbody>
          ${[...headers].map(
            ([name, { description, schema }]) =>
              html`<tr id="header-${name}">
                <th scope="row"><code>${name}</code></th>
                <td>${renderType(schema)}. ${renderText(description)}.</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}

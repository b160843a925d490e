import { html } from 'hono/html'
import { ERRORS } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { CAUSES } from './causes.ts'
import type { Page } from './page.ts'

/** Renders the page of errors. The `type` of every problem links to its entry. */
export const errorsPage = (): Page => ({
  address: '/docs/errors',
  title: 'Errors',
  body: html`<article class="text">
    <h1>Errors</h1>
    <p>
      Every error is <code>application/problem+json</code> (<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>):
      <code>type</code> leads to its entry on this page, <code>title</code> is fixed, <code>detail</code> says what is wrong with this
      request, and <code>request_id</code> identifies the request in the log. For invalid input, <code>errors</code> lists up to
      ${LIMITS.fieldErrors} places.
    </p>
    <pre tabindex="0"><code>{
  "type": "https://…/docs/errors#invalid-content",
  "title": "Invalid content",
  "status": 422,
  "detail": "1 field is invalid; see \`errors\`.",
  "request_id": "0d5cf1f4-9d3b-4b57-a3a9-7bbf1d0b1c52",
  "errors": [
    {
      "pointer": "#/readings/3/time",
      "detail": "This looks like milliseconds; send seconds."
    }
  ]
}</code></pre>
    ${Object.entries(ERRORS).map(([code, { status, title }]) => {
      const { causes, remedy } = CAUSES[code as ErrorCode]
      return html`<section id="${code}" class="error">
        <h2><a href="#${code}">${code}</a> <span class="status">${status}</span></h2>
        <p><strong>${title}.</strong>${causes.length > 1 ? ' One of:' : ` ${causes[0]!.text}`}</p>
        ${
          causes.length > 1
            ? html`<ul>
                ${causes.map(({ text }) => html`<li>${text}</li> `)}
              </ul>`
            : ''
        }
        <p>${remedy}</p>
      </section> `
    })}
  </article>`,
})

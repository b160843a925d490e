import { html } from 'hono/html'
import { ERRORS } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { Page } from './page.ts'

const figure = (number: number) => number.toLocaleString('en')

/** What each error means and what to do about it. Total: a new row of the table does not compile without its words here. */
const EXPLAINED: Record<ErrorCode, { means: string; remedy: string }> = {
  'malformed-request': {
    means:
      'The body is not the JSON, CSV or line protocol it is said to be, or a parameter of the query or a header cannot be read. errors points to the parameter where it is one.',
    remedy: 'Mend the request. Sending it again as it is gets the same answer.',
  },
  unauthenticated: {
    means:
      'There is no API key where one is needed, or it is wrong, has expired or was revoked. WWW-Authenticate says invalid_token where a key was sent.',
    remedy: 'Send "Authorization: Bearer" and a valid key; ask an admin of your organisation for one.',
  },
  forbidden: {
    means: 'The key is valid, but its role is too low, or it is limited to some factories and this concerns more than those.',
    remedy: 'Use a key with the role that detail names. WWW-Authenticate names it too.',
  },
  'not-found': {
    means:
      'No route stands at this path, or what its id names is not there: it never was, was deleted, or is not yours. The answer is the same in each case.',
    remedy: 'Check the path against the reference and the id against the list. Ids are never reused: what is gone stays gone.',
  },
  'method-not-allowed': {
    means: 'The path is right, but not for this method.',
    remedy: 'Allow lists the methods that are.',
  },
  conflict: {
    means: 'The request is well formed, but what it needs has just changed, such as a factory that was deleted meanwhile.',
    remedy: 'Read the present state and decide anew.',
  },
  'precondition-failed': {
    means:
      'If-Match names another state than the present one, or If-None-Match the present one, or the request has nothing that either could be compared with. Nothing was changed.',
    remedy:
      'Read it again, look at what is different, and send your change with the new ETag if you still mean it. If detail says that nothing can be compared, leave the condition out.',
  },
  'content-too-large': {
    means: 'The body has more than 1 MiB, or more than 5,000 readings.',
    remedy: 'Send it in parts. Sending a reading twice does no harm, so parts may overlap.',
  },
  'uri-too-long': {
    means: `The URL has more than ${figure(LIMITS.urlCharacters)} characters.`,
    remedy: 'Send a shorter query. No parameter of this API needs more than a few dozen characters.',
  },
  'unsupported-media-type': {
    means: 'Content-Type names something that is not read here, or Content-Encoding says that the body is compressed.',
    remedy: 'Send JSON in UTF-8 as application/json, uncompressed; a PATCH may be application/merge-patch+json.',
  },
  'invalid-content': {
    means:
      'The body is well-formed JSON, but something in it is not valid. errors lists up to 20 places as JSON pointers, with the reason for each. Nothing was stored.',
    remedy:
      'Mend what errors points to. A gateway that must not be held up by one bad reading sends "Prefer: handling=lenient": what is good is stored, the rest is listed in refused.',
  },
  'idempotency-key-reused': {
    means: 'The Idempotency-Key came before, with another body or for another address. Nothing was changed.',
    remedy: 'Make a new key for every new request, and send the old one only with the request that it was made for.',
  },
  'too-many-requests': {
    means:
      'The key, or the address of a request without one, has had its share for the minute. RateLimit-Policy, on every answer, says how much that is.',
    remedy: 'Wait as many seconds as Retry-After says. Gather readings: a request may hold 5,000.',
  },
  'headers-too-large': {
    means: `One header of the request has more than ${figure(LIMITS.headerCharacters)} characters. detail names it.`,
    remedy: 'Send a shorter header, or leave it out.',
  },
  'client-closed-request': {
    means: 'The connection ended before the body did, so nothing was done. Only the log of requests shows this status: the client is gone.',
    remedy: 'Send the request again.',
  },
  internal: {
    means: 'Something failed here that should not have. The answer tells nothing but the request id, under which the log has the rest.',
    remedy: 'Try again once, later. If it stays, report the request id.',
  },
  unavailable: {
    means: 'The database does not answer now, or too much is asked of it. Nothing was changed.',
    remedy: 'Try again after as many seconds as Retry-After says, then at growing intervals.',
  },
  'not-migrated': {
    means: 'The database lacks a table or a column that this release needs: its migrations were not applied. Nothing was changed.',
    remedy:
      'The operator applies them: "npm run deploy" for a deployment, "npx wrangler d1 migrations apply sprocket-telemetry --local" or "npm start" on this machine.',
  },
  'quota-exceeded': {
    means:
      'The database has read or written as many rows as its plan allows in a day; detail says which. Nothing was changed. Reads from the cache still work, for keys that were used within the last five minutes.',
    remedy:
      'Keep readings and send them after as many seconds as Retry-After says: that is midnight UTC. The operator can choose a larger plan.',
  },
  'database-full': {
    means: 'The database, or all databases of the account together, are as large as the plan allows. Nothing was stored. Reads still work.',
    remedy: 'The operator deletes data, sets RETENTION_DAYS, or chooses a larger plan. Sending the same again before that does not help.',
  },
  'outcome-unknown': {
    means:
      'The connection to the database broke during the write, and afterwards it could not be found out whether it took place. It is done whole or not at all.',
    remedy:
      'Read the state, or send it again: readings that are already there change nothing. detail and request_id name the request to ask about.',
  },
}

/** The page that the `type` of every problem leads to. */
export const errorsPage = (): Page => ({
  at: '/docs/errors',
  title: 'Errors',
  body: html`<article class="text">
    <h1>Errors</h1>
    <p>
      Every error is <code>application/problem+json</code> (<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>):
      <code>type</code> leads to its entry on this page, <code>title</code> is always the same for it, <code>detail</code> says what was
      wrong this time, and <code>request_id</code> names the request to whoever looks for it in the log. For input that is not valid,
      <code>errors</code> lists up to 20 places.
    </p>
    <pre tabindex="0"><code>{
  "type": "https://…/docs/errors#invalid-content",
  "title": "The content is not valid",
  "status": 422,
  "detail": "One thing is not valid; errors says where.",
  "request_id": "0d5cf1f4-9d3b-4b57-a3a9-7bbf1d0b1c52",
  "errors": [
    {
      "pointer": "#/readings/3/time",
      "detail": "This looks like milliseconds; send seconds."
    }
  ]
}</code></pre>
    ${Object.entries(ERRORS).map(([code, { status, title }]) => {
      const { means, remedy } = EXPLAINED[code as ErrorCode]
      return html`<section id="${code}" class="error">
        <h2><a href="#${code}">${code}</a> <span class="status">${status}</span></h2>
        <p><strong>${title}.</strong> ${means}</p>
        <p>${remedy}</p>
      </section> `
    })}
  </article>`,
})

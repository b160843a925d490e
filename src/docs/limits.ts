import { html } from 'hono/html'
import { POLICIES } from '../middleware/policies.ts'
import { LIMITS } from '../schemas/limits.ts'
import type { Page } from './page.ts'

const number = new Intl.NumberFormat('en')

/** What each policy counts. */
const COUNTED: Record<keyof typeof POLICIES, string> = {
  read: 'requests of any kind',
  body: 'answers to reads that carry a body; a 304 does not count',
  write: 'writes',
  admin: 'requests about keys, the organisation and its log',
  database: 'reads that ask the database for up to 5,000 rows, such as a payload that is not in the cache',
  'database-large': 'reads that ask the database for more, such as a page of 20 factories with their series',
  anonymous: 'requests without a valid key, from one IPv4 address or one IPv6 /64',
  'anonymous-database': 'the same as database, without a key',
  'anonymous-large': 'the same as database-large, without a key',
  'key-lookups': 'keys that are not known yet, valid or not, from one address',
  network: 'requests without a valid key, from one IPv6 /56, and from one /48',
  'network-database': 'the same as database, without a key',
  'network-large': 'the same as database-large, without a key',
  'network-lookups': 'keys that are not known yet',
}

const SIZES: [string, string][] = [
  [number.format(LIMITS.urlCharacters), 'characters of a URL'],
  [number.format(LIMITS.headerCharacters), 'characters of one header'],
  [`${number.format(LIMITS.bodyBytes)} bytes`, 'a body, as it is sent and unpacked'],
  [number.format(LIMITS.bodyValues), 'values in a JSON body, objects and arrays included'],
  [number.format(LIMITS.objectMembers), 'members of an object in a JSON body'],
  [number.format(LIMITS.bodyDepth), 'objects and arrays within each other in a JSON body'],
  [number.format(LIMITS.columns), 'columns of CSV; tags and fields of a line of line protocol'],
  [number.format(LIMITS.lines), 'lines of CSV or line protocol'],
  [number.format(LIMITS.gzipMembers), 'members of a gzip body'],
  [number.format(LIMITS.readings), 'readings in a request, and on a page of a range'],
  [number.format(LIMITS.chartReadings), 'readings in a chart that is asked for without a range'],
  [number.format(LIMITS.pageItems), 'items on a page of a list'],
  [number.format(LIMITS.points), 'points in a chart that is asked for in so many points'],
  [number.format(LIMITS.faults), 'faults listed in one error'],
  [number.format(LIMITS.nameCharacters), 'characters of a name'],
  [number.format(LIMITS.keyFactories), 'factories that one key is limited to'],
  [number.format(LIMITS.idempotencyRecords), 'requests with an Idempotency-Key of one API key in 24 hours; beyond it 429'],
  [`${number.format(LIMITS.idempotencyBytes)} bytes`, 'answers to them that are kept of one API key'],
  [`${LIMITS.aheadSeconds / 60} minutes`, 'that the time of a reading may lie ahead'],
]

/** The page of limits, made of the tables that hold them. */
export const limitsPage = (): Page => ({
  at: '/docs/limits',
  title: 'Limits',
  body: html`<article class="text">
    <h1>Limits</h1>
    <h2 id="rates">Rates</h2>
    <p>
      Counted for each API key, or for each address where there is no key, and for each location of the network by itself; approximately,
      for that is how the platform counts. Beyond them the answer is <a href="/docs/errors#too-many-requests">429</a> with
      <code>Retry-After</code>. Every answer names the policies in <code>RateLimit-Policy</code>.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">At most</th>
          <th scope="col">Of</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(POLICIES).map(
          ([name, { quota, seconds }]) =>
            html`<tr>
              <th scope="row"><code>${name}</code></th>
              <td>${number.format(quota)} in ${seconds} s</td>
              <td>${COUNTED[name as keyof typeof POLICIES]}</td>
            </tr> `,
        )}
      </tbody>
    </table>
    <p>
      To ask for less: send the <code>ETag</code> back and get 304; take a range in one request rather than in many; gather readings, up to
      ${number.format(LIMITS.readings)} in one.
    </p>
    <h2 id="sizes">Sizes</h2>
    <table>
      <tbody>
        ${SIZES.map(
          ([most, of]) =>
            html`<tr>
              <th scope="row">${most}</th>
              <td>${of}</td>
            </tr> `,
        )}
      </tbody>
    </table>
    <p>
      Figures are whole numbers from 0 to 9,007,199,254,740,991; what is not known is null. Beyond a limit of size the answer is
      <a href="/docs/errors#content-too-large">413</a> or <a href="/docs/errors#invalid-content">422</a>, and nothing is stored.
    </p>
  </article>`,
})

/** A page of the documentation. */
export interface Page {
  /** Address of the page, without a slash at the end. */
  address: string
  title: string
  summary: string
}

/** A guide: a Markdown file, and the page that is built from it. */
export interface Guide extends Page {
  /** Path of the file from the repository's root. */
  file: string
}

/** Pages for one kind of reader, in reading order. */
export interface PageGroup {
  title: string
  summary: string
  pages: readonly (Guide | Page)[]
}

const FOLDER = 'src/docs/guides'

/** Returns the guide `name` of a folder. Addresses of the folder `use` have no folder in them, because clients link to them. */
const guide = (folder: 'use' | 'operate' | 'internals', name: string, title: string, summary: string): Guide => ({
  file: `${FOLDER}/${folder}/${name}.md`,
  address: folder === 'use' ? `/docs/${name}` : `/docs/${folder}/${name}`,
  title,
  summary,
})

const use = (name: string, title: string, summary: string) => guide('use', name, title, summary)
const operate = (name: string, title: string, summary: string) => guide('operate', name, title, summary)
const internals = (name: string, title: string, summary: string) => guide('internals', name, title, summary)
const decision = (name: string, title: string, summary: string) => internals(`decisions/${name}`, title, summary)

/** Pages that are generated from tables (limits.ts, errors.ts). */
export const LIMITS_PAGE: Page = { address: '/docs/limits', title: 'Limits', summary: 'Rate limits and sizes.' }
export const ERRORS_PAGE: Page = { address: '/docs/errors', title: 'Errors', summary: 'Every error, its causes and what to do.' }

/** Addresses that guides may link to and that are no guides: files of the deployment, and the reference. */
export const OTHER_ADDRESSES: readonly string[] = ['/docs/reference', '/client.js', '/client.d.ts', '/openapi.json', '/llms.txt']

/** Every page, in reading order. The navigation, the pages and the tests of links and commands are derived from this list. */
export const PAGE_GROUPS: readonly PageGroup[] = [
  {
    title: 'Get started',
    summary: 'For developers of dashboards, devices and integrations.',
    pages: [
      use('quick-start', 'Quick starts', 'A write and a read in curl, JavaScript, Python, C#, Java and Go.'),
      use('first-read', 'First read', 'Request a chart with a browser or curl, and understand the response.'),
      use('first-write', 'First write', 'Send a reading, correct it, and see what an error looks like.'),
      use('authentication', 'Authentication and roles', 'Send an API key, and know what its role permits.'),
      use('client', 'Typed client', 'The TypeScript client for browsers, Node and Workers.'),
    ],
  },
  {
    title: 'Requests and responses',
    summary: 'Rules that hold for every route.',
    pages: [
      use('api-conventions', 'API conventions', 'Addresses, keys, headers and errors in one page.'),
      use('pagination', 'Pagination', 'Read lists and series page by page.'),
      use('retries', 'Retries and idempotency', 'Which requests are safe to repeat, and how to make the others safe.'),
      use('conditional-requests', 'Conditional requests', 'Save bandwidth with ETags, and never overwrite the change of another client.'),
      use('read-your-writes', 'Read your writes', 'Make a read at least as new as a write.'),
      ERRORS_PAGE,
      LIMITS_PAGE,
      use('versions', 'Versions and deprecation', 'Which changes a client must expect, and when.'),
      {
        file: 'CHANGELOG.md',
        address: '/docs/changelog',
        title: 'Changelog',
        summary: 'Compatibility policy, and the changes of every version.',
      },
    ],
  },
  {
    title: 'Production data',
    summary: 'Readings, sums, shifts and stops.',
    pages: [
      use('readings', 'Readings and sums', 'Units and rules of readings, and the computation of hours, days and summaries.'),
      use('time', 'Time and time zones', 'Formats of times, half-open ranges, and days when clocks change.'),
      use('chart-ranges', 'Chart ranges', 'Any range of a series, as readings or as sums of hours and days.'),
      use('bulk-import', 'Bulk import', 'Thousands of readings in one request: JSON, CSV or line protocol.'),
      use('shifts', 'Shifts, stops and OEE', 'For plant engineers: schedule, shifts, stops with their reasons, and OEE.'),
      use(
        'definitions',
        'Definitions: shifts, stops and OEE',
        'Every figure about shifts and stops, with its formula and its ISO 22400-2 name.',
      ),
    ],
  },
  {
    title: 'Devices and tools',
    summary: 'Programs that read or write.',
    pages: [
      use('devices', 'Post from a device', 'Working programs for curl, Python, Node and Telegraf.'),
      use('dashboard', 'Dashboard', 'The built-in dashboard: its views, its chart, and its symbols.'),
      use('grafana', 'Grafana', 'Charts and tables with the Infinity data source, step by step.'),
    ],
  },
  {
    title: 'Operate a deployment',
    summary: 'For operators, who deploy and run the Worker.',
    pages: [
      operate('local', 'Run it locally', 'One command, or each step with wrangler.'),
      operate('deploying', 'Deploy', 'First deploy, custom domain, environments, rollback.'),
      operate('configuration', 'Configuration', 'Every variable, its default and its effect.'),
      operate('free-plan', 'The free plan', 'The effect of PLAN = "free", and the behaviour at each limit.'),
      operate('access', 'Access', 'Organisations, API keys, roles, rotation and revocation.'),
      operate('data', 'Load data', 'Load files, and change the database schema.'),
      operate('monitoring', 'Monitoring', 'Request log, readiness and rate limits.'),
      operate('restore', 'Restore', 'Restore the database to an earlier time, and clear the cache.'),
      operate('security', 'Security', 'Threats, defences, the cost of abuse, and what is not protected.'),
      operate('capacity', 'Capacity', 'The size and cost of one database.'),
    ],
  },
  {
    title: 'Internals',
    summary: 'For contributors: how the system works, and why it is correct. API users do not need these pages.',
    pages: [
      internals('architecture', 'Architecture', 'Folders, the path of a read and of a write, failures, glossary.'),
      {
        file: 'CONTRIBUTING.md',
        address: '/docs/internals/contributing',
        title: 'Contributing',
        summary: 'Set up, run one test, and add a route, a field or a cached document.',
      },
      internals('cache-protocol', 'Cache protocol', 'The content of KV, the states of a cache entry, and publishing.'),
      internals('cache-correctness', 'Cache correctness', 'The argument why readers never get wrong data, and its assumptions.'),
      internals('simulation-testing', 'Simulation testing', 'Simulated failures, mutation tests, crash tests and the soak test.'),
      internals('benchmarks', 'Benchmarks', 'Speed against a bare Worker, and operations per request.'),
      internals('cost', 'Cost', 'Dollars for a million reads and a million readings.'),
    ],
  },
  {
    title: 'Decisions',
    summary: 'Why the system is built as it is.',
    pages: [
      decision('1-cache-directory', 'Decision 1: a cache directory in D1', 'Why the list of cache entries is a table.'),
      decision('2-claim-and-confirm', 'Decision 2: claim and confirm', 'Why one publisher at a time puts an entry.'),
      decision('3-fast-path', 'Decision 3: a fast path for plain reads', 'Why most reads skip the router.'),
      decision(
        '4-rollups-at-write-time',
        'Decision 4: rollups at write time',
        'Replaced by decision 6: how earlier releases summed hours and days.',
      ),
      decision('5-bounded-staleness', 'Decision 5: bounded staleness', 'How readers learn that publishing is late.'),
      decision('6-an-hour-in-one-row', 'Decision 6: an hour of readings in one row', 'Why readings and sums of an hour share a row.'),
      decision('7-documentation-by-libraries', 'Decision 7: documentation by libraries', 'Why VitePress and Scalar render the pages.'),
    ],
  },
]

export const PAGES: readonly (Guide | Page)[] = PAGE_GROUPS.flatMap(({ pages }) => pages)
export const GUIDES: readonly Guide[] = PAGES.filter((page) => 'file' in page)

/** Returns the id of a heading, by the rule of GitHub, so that one link works there and on the pages. */
export const headingId = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

/** Returns the path that a relative link in a file leads to, from the repository's root, with its fragment apart. */
export const resolveLink = (file: string, href: string): { path: string; fragment: string } => {
  const { pathname, hash } = new URL(href, `file:///${file}`)
  return { path: decodeURI(pathname).slice(1), fragment: hash.slice(1) }
}

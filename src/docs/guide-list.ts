/** A guide: a Markdown file, and the page that is built from it. */
export interface Guide {
  /** Path of the file from the repository's root. */
  file: string
  /** Address of the page, without a slash at the end. */
  address: string
  title: string
  summary: string
}

/** Guides for one kind of reader. "Next" links stay inside a group. */
export interface GuideGroup {
  name: 'use' | 'operate' | 'internals'
  title: string
  summary: string
  guides: readonly Guide[]
}

const FOLDER = 'src/docs/guides'

/** Returns the guide `name` of a group. Addresses of the group `use` have no group in them, because clients link to them. */
const guide = (group: GuideGroup['name'], name: string, title: string, summary: string): Guide => ({
  file: `${FOLDER}/${group}/${name}.md`,
  address: group === 'use' ? `/docs/${name}` : `/docs/${group}/${name}`,
  title,
  summary,
})

const use = (name: string, title: string, summary: string) => guide('use', name, title, summary)
const operate = (name: string, title: string, summary: string) => guide('operate', name, title, summary)
const internals = (name: string, title: string, summary: string) => guide('internals', name, title, summary)
const decision = (name: string, title: string, summary: string) => internals(`decisions/${name}`, title, summary)

/** Every guide, in reading order. The navigation, the pages and the tests of links and commands are derived from this list. */
export const GUIDE_GROUPS: readonly GuideGroup[] = [
  {
    name: 'use',
    title: 'Use the API',
    summary: 'For developers of dashboards, devices and integrations.',
    guides: [
      use('first-read', 'First read', 'Request a chart with a browser or curl, and understand the response.'),
      use('first-write', 'First write', 'Send a reading, correct it, and see what an error looks like.'),
      use('devices', 'Post from a device', 'Working programs for curl, Python, Node and Telegraf.'),
      use('readings', 'Readings, sums and time zones', 'Units and rules of readings, and the computation of hours, days and summaries.'),
      use('shifts', 'Shifts, stops and OEE', 'For plant engineers: schedule, shifts, stops with their reasons, and OEE.'),
      use(
        'definitions',
        'Definitions: shifts, stops and OEE',
        'Every figure about shifts and stops, with its formula and its ISO 22400-2 name.',
      ),
      use('chart-ranges', 'Chart ranges', 'Any range of a series, as readings or as sums of hours and days.'),
      use('bulk-import', 'Bulk import', 'Thousands of readings in one request: JSON, CSV or line protocol.'),
      use('retries', 'Retries and idempotency', 'Which requests are safe to repeat, and how to make the others safe.'),
      use('conditional-requests', 'Conditional requests', 'Save bandwidth with ETags, and never overwrite the change of another client.'),
      use('read-your-writes', 'Read your writes', 'Make a read at least as new as a write.'),
      use('client', 'Typed client', 'The TypeScript client for browsers, Node and Workers.'),
      use('dashboard', 'Dashboard', 'The built-in dashboard: its views, its chart, and its symbols.'),
      use('grafana', 'Grafana', 'Charts and tables with the Infinity data source, step by step.'),
      use('api-conventions', 'API conventions', 'Rules that hold for every route: keys, ids, headers, errors.'),
    ],
  },
  {
    name: 'operate',
    title: 'Operate a deployment',
    summary: 'For operators, who deploy and run the Worker.',
    guides: [
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
    name: 'internals',
    title: 'Internals',
    summary: 'For contributors: how the system works, and why it is correct. API users do not need these pages.',
    guides: [
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
    ],
  },
]

export const GUIDES: readonly Guide[] = GUIDE_GROUPS.flatMap(({ guides }) => guides)

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

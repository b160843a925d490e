/** Source text by path from the repository's root: `src/cache/read.ts` -> its text. */
export type Sources = Record<string, string>

/**
 * The folders and top-level files of `src`, in the order in which they may import each other: a file imports from its own
 * layer and from the layers after it. `client` and `dashboard` run outside the Worker (`STANDALONE`).
 */
const LAYERS = [
  ['index.ts', 'docs', 'cli'],
  ['app.ts'],
  ['routes', 'jobs'],
  ['ingest'],
  ['http'],
  ['middleware'],
  ['auth', 'commands'],
  ['cache'],
  ['documents'],
  ['stops'],
  ['queries'],
  ['schedule'],
  ['local-time'],
  ['chunks'],
  ['db'],
  ['runtime'],
  ['schemas', 'errors.ts'],
]
/** Pure functions of the Worker that browsers run too, so that the preview of a schedule agrees with the API. */
const PURE = ['local-time/time-zones.ts', 'schedule/planned-shifts.ts', 'schedule/shift-occurrences.ts']
/** Folders that run in other programs, with the folders and files that they may import: they use the public API only. */
const STANDALONE = new Map([
  ['dashboard', ['dashboard', 'client', 'schemas', ...PURE]],
  ['client', ['client', 'schemas']],
])
/** True for a text of the dashboard that the build writes into pages without a script. The Worker does not load it. */
const isStaticText = (name: string, to: string) => name === 'docs/static-texts.ts' && /^dashboard\/texts\/\w+\/static\.ts$/.test(to)
/** Names that do not say what a file contains. */
const EMPTY_NAMES =
  /(^|\/)(utils?|lib|libs|helpers?|services?|types?|common|shared|misc|own|given|kept|once|again|use|entry|moment|define|about|answer)(\/|\.ts$)/
/** A longer file contains more than one idea. */
const MAX_LINES = 200
/** Files that are one list, as the tables or the causes of errors. */
const LISTS = new Set(['db/schema.ts', 'docs/causes.ts'])
const MAX_LIST_LINES = 300
/** A shorter file that only one file imports is a part of that file. */
const MIN_LINES = 15
/** Exceptions: a file of `routes`, which only app.ts imports, a job that has no part in another, and two files that tests import too. */
const SHORT = new Set(['routes/redirects.ts', 'commands/bump-cache-epoch.ts', 'docs/contract.ts', 'jobs/delete-idempotency-records.ts'])

/** Files that may run a batch with writes. All others only read. */
const RUN_WRITES = [
  'auth/key-usage.ts',
  'cache/lease.ts',
  'cache/publish.ts',
  'cache/purge-organisation.ts',
  'commands/idempotency.ts',
  'commands/run-batch.ts',
  'jobs/cache-upkeep.ts',
  'jobs/purge-organisations.ts',
  'jobs/renew-time-zones.ts',
  'jobs/sweep-time-zones.ts',
  'jobs/delete-idempotency-records.ts',
  'jobs/heartbeat.ts',
  'jobs/sweep-series.ts',
  'jobs/trim-readings.ts',
]
/** Files that may write the cache directory. */
const WRITE_DIRECTORY = ['cache/directory.ts', 'cache/invalidate.ts', 'cache/backlog.ts', 'cache/purge-organisation.ts']
/** Functions that build statements which write the directory, or which run a mutation. */
const WRITE_BUILDERS =
  /\b(invalidateEntries|leaseEntry|confirmPuts|releaseClaims|claimStaleEntries|markStale|addToBacklog|deleteExpiredRows|recordLatePuts|deleteLatePuts|\w+Statement)\(/
/** True for files whose SQL may write business tables. */
const writesBusinessTables = (name: string) => /^(commands|local-time|chunks|jobs)\//.test(name) || name === 'auth/key-usage.ts'
/** True for the commands of an operator, which run in Node, not in the Worker. */
const isCli = (name: string) => name.startsWith('cli/')

const countLines = (text: string) => text.trimEnd().split('\n').length
const nameOf = (path: string) => path.replace(/^.*?src\//, '')
const folderOf = (path: string) => nameOf(path).split('/')[0]!
const layerOf = (folder: string) => LAYERS.findIndex((folders) => folders.includes(folder))

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/** Returns source without comments, so that prose is not taken for code. Strings stay, because they contain SQL. */
const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')

/** Returns the project's files that a file imports, as paths in `src`. */
export const importsOf = (path: string, text: string): string[] =>
  [...withoutComments(text).matchAll(IMPORT)]
    .map(([, to]) => new URL(to!, `file:///src/${nameOf(path)}`).pathname)
    .filter((to) => to.startsWith('/src/'))
    .map((to) => to.slice('/src/'.length))

/** Packages that take long to load and that most requests do not need. */
const LOADED_LATE = /^(zod|@asteasolutions\/[^/]*)(\/|$)/
/** Static imports of values: not of types, and not `import()`. */
const STATIC_IMPORT = /^(?:import|export)(?!\s+type\b)(?:\s[^'"()]*?\bfrom)?\s*['"]([^'"]+)['"]/gm

/** Returns each chain of static imports from a file to a package that must be loaded late. */
export const findEagerImports = (sources: Sources, first: string): string[] => {
  const texts = new Map(Object.entries(sources).map(([path, text]) => [nameOf(path), withoutComments(text)]))
  const seen = new Set<string>()
  const walk = (name: string, above: string[]): string[] => {
    if (seen.has(name)) return []
    seen.add(name)
    return [...(texts.get(name) ?? '').matchAll(STATIC_IMPORT)].flatMap(([, to = '']) => {
      const chain = [...above, name]
      if (!to.startsWith('.')) return LOADED_LATE.test(to) ? [`${[...chain, to].join(' -> ')}: loaded at start-up`] : []
      return walk(new URL(to, `file:///${name}`).pathname.slice(1), chain)
    })
  }
  return walk(first, [])
}

/** Returns the chains of imports, also of types, that lead back to their start, one for each file that closes one. */
const findCycles = (sources: Sources): string[] => {
  const imports = new Map(Object.entries(sources).map(([path, text]) => [nameOf(path), importsOf(path, text)]))
  const done = new Set<string>()
  const found: string[] = []
  const walk = (name: string, above: string[]) => {
    if (above.includes(name)) found.push(`${[...above.slice(above.indexOf(name)), name].join(' -> ')}: a cycle`)
    if (done.has(name) || above.includes(name)) return
    for (const next of imports.get(name) ?? []) walk(next, [...above, name])
    done.add(name)
  }
  for (const name of imports.keys()) walk(name, [])
  return found
}

/** Returns the short files that only one file imports. */
const findFragments = (sources: Sources): string[] => {
  const importers = Map.groupBy(
    Object.entries(sources).flatMap(([path, text]) => [...new Set(importsOf(path, text))]),
    (name) => name,
  )
  return Object.entries(sources).flatMap(([path, text]) => {
    const [name, lines] = [nameOf(path), countLines(text)]
    const isFragment = lines < MIN_LINES && importers.get(name)?.length === 1 && !SHORT.has(name)
    return isFragment ? [`${name}: ${lines} lines that only one file imports, so a part of it`] : []
  })
}

/** Rules on the text of one file: what it must not contain, which files may, and what is wrong otherwise. */
const RULES: { pattern: RegExp; isAllowed: (name: string) => boolean; violation: string }[] = [
  {
    pattern:
      /\.(insert|update|delete)\(\s*(organisations|api_keys|series|factories|chunks|daily_sums|sprockets|audit_log|idempotency_records|cache_epochs|heartbeat)\b/,
    isAllowed: writesBusinessTables,
    violation: 'writes a business table; only commands/, local-time/, chunks/ and jobs/ may',
  },
  {
    pattern: /\b(insert (or \w+ )?into|update \w+ set|delete from|replace into)\b/i,
    isAllowed: (name) => writesBusinessTables(name) || isCli(name),
    violation: 'writes with SQL text; only commands/, local-time/, chunks/ and jobs/ may',
  },
  {
    pattern: /\.(insert|update|delete)\(\s*cache_entries\b/,
    isAllowed: (name) => WRITE_DIRECTORY.includes(name),
    violation: 'writes the cache directory; only its own files in cache/ may',
  },
  {
    pattern: /\bmutationStatements\(/,
    isAllowed: (name) => ['commands/mutation-batch.ts', 'commands/run-batch.ts'].includes(name) || isCli(name),
    violation: 'runs a mutation; only commands/run-batch.ts may',
  },
  {
    pattern: WRITE_BUILDERS,
    isAllowed: (name) =>
      [...RUN_WRITES, ...WRITE_DIRECTORY, 'commands/mutation-batch.ts', 'db/client.ts'].includes(name) ||
      /^(local-time|chunks|cli)\//.test(name),
    violation: 'builds a statement that writes, outside the files that run them',
  },
  {
    pattern: /\bopenSession\(/,
    isAllowed: (name) =>
      !/^(commands|local-time|chunks|documents|queries)\//.test(name) || ['commands/preconditions.ts', ...RUN_WRITES].includes(name),
    violation: 'opens a database session; a command only describes its mutation',
  },
  { pattern: /\.prepare\(\s*['"`](?!select\b)/, isAllowed: isCli, violation: 'prepares SQL that is not a select' },
  {
    pattern: /\bkv\.(put|delete)\(/,
    isAllowed: (name) => name === 'cache/kv-store.ts',
    violation: 'writes to KV; only cache/kv-store.ts may',
  },
  {
    pattern: /\bapp\.(get|post|put|patch|delete|on|openapi|route|mount|basePath)\(/,
    // Pages are no part of the contract.
    isAllowed: (name) => ['http/add-route.ts', 'routes/embed.ts'].includes(name),
    violation: 'adds a route without a contract',
  },
  {
    pattern: /\bapp\.all\(/,
    isAllowed: (name) => name === 'routes/redirects.ts',
    violation: 'adds a route without a contract',
  },
  {
    pattern: /\bapp\.use\(/,
    isAllowed: (name) => name === 'app.ts',
    violation: 'adds middleware; the order of all middleware is in app.ts',
  },
  {
    pattern: /\bconsole\.(error|warn)\(/,
    isAllowed: (name) => ['runtime/log.ts', 'middleware/error-handler.ts'].includes(name) || name.startsWith('docs/') || isCli(name),
    violation: 'logs without runtime/log.ts, which bounds and redacts',
  },
  {
    pattern: /\bsubtle\.digest\(|\bcreateHash\(/,
    isAllowed: (name) => name === 'runtime/hash.ts',
    violation: 'computes a hash without runtime/hash.ts',
  },
  {
    pattern: /\bgetState\(/,
    isAllowed: (name) => !name.startsWith('cache/') || name === 'cache/epoch.ts',
    violation: 'keeps state of the cache beyond a cache epoch; use getEpochState',
  },
  {
    pattern: /\bDate\.now\(\)|new Date\(\)|\bsetTimeout\(/,
    isAllowed: (name) => name === 'runtime/clock.ts' || isCli(name),
    violation: 'reads the time without the clock of the isolate',
  },
]

/** Returns every violation of the architecture, as `file: violation`. */
export const findViolations = (sources: Sources): string[] => {
  const violations = Object.entries(sources).flatMap(([path, text]) => {
    const name = nameOf(path)
    const lines = countLines(text)
    const [folder, code] = [folderOf(path), withoutComments(text)]
    const allowed = STANDALONE.get(folder)
    const limit = LISTS.has(name) || allowed ? MAX_LIST_LINES : MAX_LINES
    const isWrongImport = (to: string) =>
      allowed
        ? !allowed.includes(folderOf(to)) && !allowed.includes(to)
        : !isStaticText(name, to) && (STANDALONE.has(folderOf(to)) || layerOf(folderOf(to)) < layerOf(folder))
    return [
      ...(EMPTY_NAMES.test(name) ? ['a name that does not say what is inside'] : []),
      ...(allowed || layerOf(folder) >= 0 ? [] : ['a folder without a layer']),
      ...(lines > limit ? [`${lines} lines, more than ${limit}`] : []),
      ...importsOf(path, text)
        .filter(isWrongImport)
        .map((to) => `imports ${to}, a layer above its own`),
      ...(allowed
        ? []
        : RULES.filter(({ pattern, isAllowed }) => pattern.test(code) && !isAllowed(name)).map(({ violation }) => violation)),
    ].map((violation) => `${name}: ${violation}`)
  })
  return [...violations, ...findFragments(sources), ...findCycles(sources)]
}

/** The source by path from the repository's root: `src/cache/read.ts` -> its text. */
export type Sources = Record<string, string>

/**
 * The rooms in the order in which they may use each other: a file imports from its own room and from those after it.
 * A file that stands alone in src/ is a room of its own.
 */
export const ROOMS = [
  // What builds the pages of documentation asks the app for its contract, and nobody asks it.
  ['index.ts', 'docs'],
  ['app.ts', 'cron.ts'],
  ['routes'],
  ['middleware'],
  ['commands'],
  ['cache'],
  ['queries'],
  ['db', 'log.ts'],
  ['schemas', 'errors.ts', 'clock.ts', 'env.ts', 'isolate.ts', 'operations.ts', 'queues.ts', 'redaction.ts', 'remember.ts', 'settings.ts'],
]
/** What eats the public API and nothing of the Worker's: it runs elsewhere, by other clocks, and may be one long file to take along. */
const ALONE = new Map([
  ['dashboard', ['dashboard', 'client', 'schemas']],
  ['client', ['client', 'schemas']],
])
/** Names that say nothing of what is inside. */
const NAMELESS = /(^|\/)(utils?|lib|libs|helpers?|services?|types?|common|shared|misc)(\/|\.ts$)/
/** Longer than this a file holds more than one idea. */
const LINES_MOST = 200
/** Pages that list all there is, and are as long as that: what can be, what can happen, what goes stale, the table of errors. */
const LISTS = new Set(['isolate.ts', 'db/tables.ts', 'db/changes.ts', 'cache/documents.ts', 'errors.ts', 'docs/causes.ts'])

/** Files that run a batch which may write; everyone else's are of reads. */
const RUN_WRITES = [
  'commands/commit.ts',
  'commands/upkeep.ts',
  'commands/purge.ts',
  'commands/use.ts',
  'cache/forget.ts',
  'commands/building.ts',
  'commands/retention.ts',
  'commands/sweep-zones.ts',
  'cache/lease.ts',
  'cache/publish.ts',
  'cache/upkeep.ts',
]
/** Files that word the directory of copies, the one table that is the cache's own. */
const WORD_COPIES = ['cache/copies.ts', 'cache/marks.ts', 'cache/backlog.ts', 'cache/forget.ts']

const nameOf = (path: string) => path.replace(/^.*?src\//, '')
const roomOf = (path: string) =>
  nameOf(path)
    .split('/')[0]!
    .replace(/^client.*\.ts$/, 'client')
const rankOf = (room: string) => ROOMS.findIndex((rooms) => rooms.includes(room))

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g

/** Source without comments, so that prose is not taken for code. Strings stay, for SQL is in them. */
const codeOf = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '')

/**
 * The files of ours that a file imports, as paths in src/.
 * @param running true for those alone that are imported when the Worker runs, not for their types
 */
export const importsOf = (path: string, text: string, running = false): string[] =>
  [...(running ? codeOf(text).replaceAll(/^(import|export) type\b[^'"]*['"][^'"]*['"]/gm, '') : codeOf(text)).matchAll(IMPORT)]
    .map(([, to]) => new URL(to!, `file:///src/${nameOf(path)}`).pathname)
    .filter((to) => to.startsWith('/src/'))
    .map((to) => to.slice('/src/'.length))

/** Packages that take long to start, and make schemas that most requests need none of. */
const LATE = /^(zod|@hono\/zod-[^/]*|@asteasolutions\/[^/]*)(\/|$)/
/** What a file imports as it is started: not for types, and not by `import()`. */
const STARTED = /^(?:import|export)(?!\s+type\b)(?:\s[^'"()]*?\bfrom)?\s*['"]([^'"]+)['"]/gm

/** Ways from a file to a package that is to be loaded late, which is started with it: one for each file that imports one. */
export const startedBy = (sources: Sources, first: string): string[] => {
  const texts = new Map(Object.entries(sources).map(([path, text]) => [nameOf(path), codeOf(text)]))
  const seen = new Set<string>()
  const walk = (name: string, above: string[]): string[] => {
    if (seen.has(name)) return []
    seen.add(name)
    return [...(texts.get(name) ?? '').matchAll(STARTED)].flatMap(([, to = '']) => {
      const way = [...above, name]
      if (!to.startsWith('.')) return LATE.test(to) ? [`${[...way, to].join(' -> ')}: is started with the Worker`] : []
      return walk(new URL(to, `file:///${name}`).pathname.slice(1), way)
    })
  }
  return walk(first, [])
}

/** Chains of imports at run time that lead back to where they began, one for each file that closes one. */
const cyclesOf = (sources: Sources): string[] => {
  const imports = new Map(Object.entries(sources).map(([path, text]) => [nameOf(path), importsOf(path, text, true)]))
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

/** Rules that a single file can break: what it may not hold, where, and what is wrong with it there. */
const RULES: { what: RegExp; unless: (name: string) => boolean; wrong: string }[] = [
  {
    what: /\.(insert|update|delete)\(\s*(organisations|api_keys|series|factories|readings|sprockets|changes|answers|epochs|heartbeat)\b/,
    unless: (name) => name.startsWith('commands/'),
    wrong: 'words a write; only commands/ does',
  },
  {
    what: /\b(insert (or \w+ )?into|update \w+ set|delete from|replace into)\b/i,
    unless: (name) => name.startsWith('commands/'),
    wrong: 'words a write in SQL; only commands/ does',
  },
  { what: /\.(insert|update|delete)\(\s*copies\b/, unless: (name) => WORD_COPIES.includes(name), wrong: 'words the directory of copies' },
  {
    what: /\bwriteStatements\(/,
    unless: (name) => ['commands/batch.ts', 'commands/commit.ts'].includes(name),
    wrong: 'runs a write; only commands/commit.ts does',
  },
  {
    what: /\w+Statement\(/,
    unless: (name) => [...RUN_WRITES, ...WORD_COPIES, 'commands/batch.ts', 'db/client.ts'].includes(name),
    wrong: 'makes a statement that writes, outside the files that run them',
  },
  {
    what: /\bopenSession\(/,
    unless: (name) => !name.startsWith('commands/') || ['commands/preconditions.ts', 'commands/again.ts', ...RUN_WRITES].includes(name),
    wrong: 'talks to the database; a command words a draft and does nothing',
  },
  { what: /\.prepare\(\s*['"`](?!select\b)/, unless: () => false, wrong: 'runs SQL past drizzle that is no select' },
  { what: /\bkv\.(put|delete)\(/, unless: (name) => name === 'cache/entry.ts', wrong: 'writes to KV; only cache/entry.ts does' },
  {
    what: /\bapp\.(get|post|put|patch|delete|on|openapi)\(/,
    unless: (name) => name === 'routes/define.ts',
    wrong: 'opens a route without a contract',
  },
  {
    what: /\bconsole\.(error|warn)\(/,
    unless: (name) => ['log.ts', 'middleware/errors.ts'].includes(name) || name.startsWith('docs/'),
    wrong: 'writes a line past log.ts, which bounds and redacts them',
  },
  { what: /\bDate\.now\(\)|new Date\(\)|\bsetTimeout\(/, unless: (name) => name === 'clock.ts', wrong: 'has a clock of its own' },
]

/** Everything in which the source does not keep to the plan of the house, in words. */
export const faultsOf = (sources: Sources): string[] => {
  const files = Object.entries(sources).filter(([path]) => path.endsWith('.ts'))
  const ofOne = files.flatMap(([path, text]) => {
    const name = nameOf(path)
    const lines = text.trimEnd().split('\n').length
    const [room, code] = [roomOf(path), codeOf(text)]
    const own = ALONE.get(room)
    return [
      ...(NAMELESS.test(name) ? ['a name that says nothing'] : []),
      ...(own || rankOf(room) >= 0 ? [] : ['a room that the plan does not have']),
      ...(lines > LINES_MOST && !own && !LISTS.has(name) ? [`${lines} lines, more than ${LINES_MOST}`] : []),
      ...importsOf(path, text)
        .filter((to) => (own ? !own.includes(roomOf(to)) : ALONE.has(roomOf(to)) || rankOf(roomOf(to)) < rankOf(room)))
        .map((to) => `imports ${to}, against the one way`),
      ...(own ? [] : RULES.filter(({ what, unless }) => what.test(code) && !unless(name)).map(({ wrong }) => wrong)),
    ].map((fault) => `${name}: ${fault}`)
  })
  return [...ofOne, ...cyclesOf(Object.fromEntries(files))]
}

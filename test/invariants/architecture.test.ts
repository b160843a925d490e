import { describe, expect, test } from 'vitest'
import { findEagerImports, findViolations, importsOf } from './architecture.ts'
import type { Sources } from './architecture.ts'

// Promise: `src` keeps its layers and the few files that may write, and each rule fires on code that breaks it.

const sources: Sources = import.meta.glob('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

test('src has no violation of the architecture', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(40)
  expect(findViolations(sources)).toEqual([])
})

test('src/index.ts loads no schema and no contract at start-up', () => {
  expect(findEagerImports(sources, 'index.ts')).toEqual([])
})

describe('test files', () => {
  const tests: Sources = import.meta.glob('../**/*.ts', { query: '?raw', import: 'default', eager: true })

  test('no test file has more than 300 lines', () => {
    expect(Object.keys(tests).length).toBeGreaterThan(200)
    expect(Object.keys(tests).filter((path) => tests[path]!.split('\n').length > 301)).toEqual([])
  })

  test('every test file states its promise', () => {
    const withTests = Object.keys(tests).filter((path) => path.endsWith('.test.ts'))
    expect(withTests.length).toBeGreaterThan(150)
    expect(withTests.filter((path) => !/^\/\/ Promise: /m.test(tests[path]!))).toEqual([])
  })
})

test('more than half of the files of src have at most 100 lines', () => {
  const lengths = Object.values(sources).map((text) => text.split('\n').length)
  expect(lengths.filter((lines) => lines <= 100).length).toBeGreaterThan(lengths.length / 2)
})

describe('findViolations', () => {
  /** Returns a text as the beginning of a file that is not short. */
  const long = (text: string) => text + '\nx'.repeat(20)
  const valid: Sources = {
    'src/index.ts': `import { createApp } from './app.ts'`,
    'src/app.ts': long(`import type { Env } from './runtime/env.ts'`),
  }

  test('accepts the clock in runtime/clock.ts, writes in their files, and prose that mentions SQL', () => {
    expect(findViolations({ ...valid, 'src/runtime/clock.ts': '// Date.now() belongs here\nconst now = Date.now()' })).toEqual([])
    expect(
      findViolations({ 'src/cache/directory.ts': 'const a = db.update(cache_entries)', 'src/commands/x.ts': 'db.insert(readings)' }),
    ).toEqual([])
    expect(findViolations({ 'src/queries/x.ts': '/** Nothing may insert into this. */\nexport const x = 1' })).toEqual([])
  })

  test.each<[string, string, string, RegExp]>([
    ['an import of a higher layer', 'src/cache/x.ts', `import { a } from '../commands/commit.ts'`, /imports commands\/commit\.ts/],
    ['an import of a type from a higher layer', 'src/db/x.ts', `import type { A } from '../cache/read.ts'`, /imports cache\/read\.ts/],
    ['a re-export from a higher layer', 'src/queries/x.ts', `export * from '../http/respond.ts'`, /imports http\/respond\.ts/],
    ['a dynamic import of a higher layer', 'src/schemas/x.ts', `const a = await import('../db/client.ts')`, /imports db\/client\.ts/],
    ['an import over several lines', 'src/db/x.ts', `import {\n  a,\n  b,\n} from\n  '../cache/read.ts'`, /imports cache\/read\.ts/],
    ['an import of the cache by the dashboard', 'src/dashboard/x.ts', `import { a } from '../cache/read.ts'`, /imports cache/],
    [
      'an import of a query of shifts by the dashboard',
      'src/dashboard/x.ts',
      `import { a } from '../schedule/parts.ts'`,
      /imports schedule/,
    ],
    ['an import of the client by the Worker', 'src/routes/x.ts', `import { a } from '../client/client.ts'`, /imports client/],
    ['an import of the dashboard by the Worker', 'src/routes/x.ts', `import { a } from '../dashboard/page.ts'`, /imports dashboard/],
    ['a folder with an empty name', 'src/routes/utils/x.ts', '', /does not say/],
    ['a file with an empty name', 'src/cache/helpers.ts', '', /does not say/],
    ['a participle as the name of a file', 'src/commands/given.ts', '', /does not say/],
    ['a folder without a layer', 'src/models/x.ts', '', /without a layer/],
    ['a long file', 'src/cache/x.ts', 'x\n'.repeat(201), /201 lines/],
    ['a write in a route', 'src/routes/x.ts', 'await db.insert(chunks).values(x)', /writes a business table/],
    ['a write over several lines', 'src/cache/x.ts', 'await db\n  .delete(\n  factories)', /writes a business table/],
    ['a write as SQL text', 'src/queries/x.ts', 'sql`INSERT OR REPLACE INTO chunks`', /SQL text/],
    ['a command with a session', 'src/commands/x.ts', 'const session = openSession(isolate, "first-primary")', /describes its mutation/],
    ['a mutation run by a route', 'src/routes/x.ts', 'session.batch(mutationStatements(db))', /runs a mutation/],
    ['an invalidation by a route', 'src/routes/x.ts', 'invalidateEntries(db, ranges)', /builds a statement/],
    ['a write of the directory elsewhere', 'src/cache/read.ts', 'db.update(cache_entries).set({})', /cache directory/],
    ['prepared SQL that writes', 'src/routes/x.ts', 'database.prepare("drop table chunks")', /not a select/],
    ['a KV put elsewhere', 'src/commands/x.ts', 'isolate.kv.put(key, body)', /writes to KV/],
    ['a route without a contract', 'src/routes/x.ts', `app.post('/api/x', handler)`, /without a contract/],
    ['a route for every method', 'src/routes/x.ts', `app.all('/api/x', handler)`, /without a contract/],
    ['a nested app', 'src/routes/x.ts', `app.route('/api/x', other)`, /without a contract/],
    ['middleware of a route file', 'src/routes/x.ts', `app.use(handler)`, /adds middleware/],
    ['a log line of a route', 'src/routes/x.ts', `console.error('failed')`, /logs without/],
    ['a second hash', 'src/cache/x.ts', `await crypto.subtle.digest('SHA-1', bytes)`, /hash/],
    ['state of the cache that an epoch keeps', 'src/cache/x.ts', 'getState(isolate, createEntries)', /beyond a cache epoch/],
    ['a second clock', 'src/cache/x.ts', 'const now = Date.now()', /clock/],
  ])('reports %s', (_, path, text, violation) => {
    expect(findViolations({ ...valid, [path]: text }).join('\n')).toMatch(violation)
  })

  test('accepts the pure functions of schedules in the dashboard', () => {
    const text = `import { findOccurrences } from '../schedule/shift-occurrences.ts'`
    expect(findViolations({ ...valid, 'src/dashboard/x.ts': text })).toEqual([])
  })

  test('reports a short file that only one file imports', () => {
    const [importer, text] = [`import { a } from './a.ts'`, 'export const a = 1']
    const importers = { 'src/cache/b.ts': importer, 'src/cache/a.ts': text }
    expect(findViolations({ ...valid, ...importers })).toEqual(['cache/a.ts: 1 lines that only one file imports, so a part of it'])
    expect(findViolations({ ...valid, ...importers, 'src/cache/c.ts': importer })).toEqual([])
    expect(findViolations({ ...valid, ...importers, 'src/cache/a.ts': long(text) })).toEqual([])
  })

  test.each(["import { a } from './a.ts'", "import type {\n  A,\n} from './a.ts'", "const a = await import('./a.ts')"])(
    'reports a cycle that is closed by %j',
    (text) => {
      const ring = { 'src/cache/a.ts': long(`import './b.ts'`), 'src/cache/b.ts': long(`import './c.ts'`), 'src/cache/c.ts': long(text) }
      expect(findViolations({ ...valid, ...ring })).toEqual(['cache/a.ts -> cache/b.ts -> cache/c.ts -> cache/a.ts: a cycle'])
    },
  )
})

describe('findEagerImports', () => {
  const app = { 'src/index.ts': `import { createApp } from './app.ts'` }
  test.each<[string, string]>([
    ['a schema', `import { Key } from './schemas/keys.ts'`],
    ['a schema among types', `import {\n  type A,\n  Key,\n} from './schemas/keys.ts'`],
    ['a re-exported schema', `export * from './schemas/keys.ts'`],
    ['a schema imported for its effects', `import './schemas/keys.ts'`],
    ['the package itself', `import * as z from 'zod/mini'`],
  ])('reports %s', (_, text) => {
    const keys = { 'src/schemas/keys.ts': `import { z } from 'zod'` }
    expect(findEagerImports({ ...app, ...keys, 'src/app.ts': text }, 'index.ts').join()).toMatch(/^index\.ts -> app\.ts -> .*zod/)
  })

  test('accepts types and dynamic imports', () => {
    const late = `import type { z } from 'zod'\nexport type { Key } from './schemas/keys.ts'\nconst keys = () => import('./schemas/keys.ts')`
    expect(findEagerImports({ ...app, 'src/app.ts': late, 'src/schemas/keys.ts': `import { z } from 'zod'` }, 'index.ts')).toEqual([])
  })
})

test('importsOf finds every import of commands/commit.ts', () => {
  const commit = Object.entries(sources).find(([path]) => path.endsWith('/commands/commit.ts'))!
  expect(importsOf(...commit)).toHaveLength(commit[1].match(/^import .* from '\./gm)!.length)
})

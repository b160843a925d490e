import { describe, expect, test } from 'vitest'
import { faultsOf, importsOf, startedBy } from './architecture.ts'
import type { Sources } from './architecture.ts'

const sources: Sources = import.meta.glob('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true })

test('the source keeps to the plan of the house', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(40)
  expect(faultsOf(sources)).toEqual([])
})

test('a start pays for no schema and for no contract', () => {
  expect(startedBy(sources, 'index.ts')).toEqual([])
})

test('most files are read at a glance', () => {
  const lengths = Object.values(sources).map((text) => text.split('\n').length)
  expect(lengths.filter((lines) => lines <= 100).length).toBeGreaterThan(lengths.length / 2)
})

describe('what breaks the plan is found', () => {
  const house: Sources = { 'src/index.ts': `import { createApp } from './app.ts'`, 'src/app.ts': `import type { Env } from './isolate.ts'` }
  test('and what keeps it is let through', () => {
    expect(faultsOf({ ...house, 'src/clock.ts': '// Date.now() belongs here\nconst now = Date.now()' })).toEqual([])
    expect(faultsOf({ 'src/cache/copies.ts': 'const a = db.update(copies)', 'src/commands/x.ts': 'db.insert(readings)' })).toEqual([])
    expect(faultsOf({ 'src/queries/x.ts': '/** Nobody may insert into this. */\nexport const x = 1' })).toEqual([])
  })
  test.each<[string, string, string, RegExp]>([
    ['an import the wrong way', 'src/cache/x.ts', `import { a } from '../commands/commit.ts'`, /imports commands\/commit\.ts/],
    ['one of a type alone', 'src/db/x.ts', `import type { A } from '../cache/read.ts'`, /imports cache\/read\.ts/],
    ['one that is passed on', 'src/queries/x.ts', `export * from '../routes/answer.ts'`, /imports routes\/answer\.ts/],
    ['one at run time', 'src/schemas/x.ts', `const a = await import('../db/client.ts')`, /imports db\/client\.ts/],
    ['one over two lines', 'src/db/x.ts', `import {\n  a,\n  b,\n} from\n  '../cache/read.ts'`, /imports cache\/read\.ts/],
    ['the dashboard eating more than the API', 'src/dashboard/x.ts', `import { a } from '../cache/read.ts'`, /imports cache/],
    ['the Worker importing its client', 'src/routes/x.ts', `import { a } from '../client.ts'`, /imports client/],
    ['the Worker importing the dashboard', 'src/routes/x.ts', `import { a } from '../dashboard/page.ts'`, /imports dashboard/],
    ['a room without a name', 'src/routes/utils/x.ts', '', /says nothing/],
    ['a file without a name', 'src/cache/helpers.ts', '', /says nothing/],
    ['a room of its own making', 'src/models/x.ts', '', /does not have/],
    ['a long file', 'src/cache/x.ts', 'x\n'.repeat(201), /201 lines/],
    ['a write outside commands', 'src/routes/x.ts', 'await db.insert(readings).values(x)', /words a write/],
    ['a write over two lines', 'src/cache/x.ts', 'await db\n  .delete(\n  factories)', /words a write/],
    ['a write in SQL', 'src/queries/x.ts', 'sql`INSERT OR REPLACE INTO readings`', /in SQL/],
    ['a command that acts', 'src/commands/x.ts', 'const session = openSession(isolate, "first-primary")', /words a draft/],
    ['another door for writes', 'src/routes/x.ts', 'session.batch(writeStatements(db))', /runs a write/],
    ['a route that marks copies', 'src/routes/x.ts', 'markStatement(db, ranges)', /makes a statement/],
    ['copies worded elsewhere', 'src/cache/read.ts', 'db.update(copies).set({})', /directory of copies/],
    ['SQL past drizzle', 'src/routes/x.ts', 'database.prepare("drop table readings")', /past drizzle/],
    ['a put elsewhere', 'src/commands/x.ts', 'isolate.kv.put(key, body)', /writes to KV/],
    ['a route without a contract', 'src/routes/x.ts', `app.post('/api/x', handler)`, /without a contract/],
    ['another clock', 'src/cache/x.ts', 'const now = Date.now()', /clock/],
  ])('%s', (_, path, text, fault) => {
    expect(faultsOf({ ...house, [path]: text }).join('\n')).toMatch(fault)
  })
  test('a cycle within a room', () => {
    const ring = { 'src/cache/a.ts': `import './b.ts'`, 'src/cache/b.ts': `import './c.ts'`, 'src/cache/c.ts': `import './a.ts'` }
    expect(faultsOf({ ...house, ...ring })).toEqual(['cache/a.ts -> cache/b.ts -> cache/c.ts -> cache/a.ts: a cycle'])
    const ofTypes = { ...ring, 'src/cache/c.ts': `import type {\n  A,\n} from './a.ts'\nimport { d } from './d.ts'` }
    expect(faultsOf({ ...house, ...ofTypes })).toEqual([])
  })
  test.each<[string, string]>([
    ['a schema', `import { Key } from './schemas/keys.ts'`],
    ['one among types', `import {\n  type A,\n  Key,\n} from './schemas/keys.ts'`],
    ['one that is passed on', `export * from './schemas/keys.ts'`],
    ['one for its effects', `import './schemas/keys.ts'`],
    ['what makes them', `import * as z from 'zod/mini'`],
  ])('a start that pays for %s', (_, text) => {
    const keys = { 'src/schemas/keys.ts': `import { z } from '@hono/zod-openapi'` }
    expect(startedBy({ ...house, ...keys, 'src/app.ts': text }, 'index.ts').join()).toMatch(/^index\.ts -> app\.ts -> .*zod/)
  })
  test('and one that does not is let through', () => {
    const late = `import type { z } from 'zod'\nexport type { Key } from './schemas/keys.ts'\nconst keys = () => import('./schemas/keys.ts')`
    expect(startedBy({ ...house, 'src/app.ts': late, 'src/schemas/keys.ts': `import { z } from 'zod'` }, 'index.ts')).toEqual([])
  })
  test('and no import is overlooked', () => {
    const text = Object.entries(sources).find(([path]) => path.endsWith('/commands/commit.ts'))!
    expect(importsOf(...text)).toHaveLength(text[1].match(/^import .* from '\./gm)!.length)
  })
})

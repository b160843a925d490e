import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root, run } from './npm-start.ts'

// Promise: the walk-through "Add a field on readings" of CONTRIBUTING touches six files, and compiles.

const PATCH = 'test/fixtures/walkthroughs/add-a-reading-field.patch'
const MAX_FILES = 6

const patch = await readFile(join(root, PATCH), 'utf8')
const files = [...patch.matchAll(/^diff --git a\/(.+) b\//gm)].map(([, file]) => file!)

let copy: string
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'walkthrough-'))
  const { output } = await run('git', ['ls-files', '-z'])
  for (const file of output.split('\0').filter(Boolean)) await cp(join(root, file), join(copy, file))
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(() => rm(copy, { recursive: true, force: true }))

test(`the walk-through for a field on readings touches at most ${MAX_FILES} files, and CONTRIBUTING lists each`, async () => {
  expect(files.length).toBeLessThanOrEqual(MAX_FILES)
  const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8')
  const section = guide.slice(guide.indexOf('## Add a field on readings')).split('\n## ')[0]!
  expect(section).toContain(PATCH)
  // The number of the migration is the next free one.
  for (const file of files) expect(section).toContain(file.replace(/\d{4}_\w+\.sql$/, ''))
})

test('the walk-through for a field on readings applies to the source, and the result passes the type check', async () => {
  const applied = await run('git', ['apply', '--directory', copy, '--unsafe-paths', join(root, PATCH)])
  expect(applied, `Update ${PATCH}: it no longer applies.`).toEqual({ code: 0, output: '' })
  for (const project of ['tsconfig.json', 'test/tsconfig.json'])
    expect(await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(copy, project)])).toEqual({
      code: 0,
      output: '',
    })
})

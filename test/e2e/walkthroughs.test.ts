import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, run } from './npm-start.ts'

// Promise: the patches of the walk-throughs in CONTRIBUTING touch few files, apply to the source, and compile.

const WALKTHROUGHS = [
  { section: 'Add a field on readings', patch: 'add-a-reading-field.patch', maxFiles: 6 },
  { section: 'Add a cached document', patch: 'add-a-cached-document.patch', maxFiles: 6 },
]

/** Returns the place of a file in a section of CONTRIBUTING: a new migration and a file of one resource have another name there. */
const placeOf = (file: string) =>
  file
    .replace(/\d{4}_\w+\.sql$/, '')
    .replace(/^((?:src\/(?:queries|documents|schemas)|test\/integration\/documents)\/)(?!path|reading-fields)[\w-]+\./, '$1<resource>.')

describe.each(WALKTHROUGHS)('$section', ({ section, patch, maxFiles }) => {
  const path = `test/fixtures/walkthroughs/${patch}`
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'walkthrough-'))
    const { output } = await run('git', ['ls-files', '-z'])
    for (const file of output.split('\0').filter(Boolean)) await cp(join(root, file), join(copy, file))
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  test(`the patch "${patch}" touches at most ${maxFiles} files, and CONTRIBUTING lists each`, async () => {
    const text = await readFile(join(root, path), 'utf8')
    const files = [...text.matchAll(/^diff --git a\/(.+) b\//gm)].map(([, file]) => file!)
    expect(files.length).toBeLessThanOrEqual(maxFiles)
    const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8')
    const listed = guide.slice(guide.indexOf(`## ${section}`)).split('\n## ')[0]!
    expect(listed).toContain(path)
    for (const file of files) expect(listed).toContain(placeOf(file))
  })

  test(`the patch "${patch}" applies to the source, and the result passes the type check`, async () => {
    const applied = await run('git', ['apply', '--directory', copy, '--unsafe-paths', join(root, path)])
    expect(applied, `Update ${path}: it no longer applies.`).toEqual({ code: 0, output: '' })
    for (const project of ['tsconfig.json', 'test/tsconfig.json'])
      expect(await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(copy, project)])).toEqual({
        code: 0,
        output: '',
      })
  })
})

import { describe, expect, test } from 'vitest'
import { checkFile } from './style.ts'

// Promise: comments, test titles, guides and sentences of the project are in plain English, and each rule of this fires.
const texts: Record<string, string> = {
  ...import.meta.glob('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true }),
  ...import.meta.glob('../../test/**/*.ts', { query: '?raw', import: 'default', eager: true }),
  ...import.meta.glob('../../src/docs/guides/**/*.md', { query: '?raw', import: 'default', eager: true }),
  ...import.meta.glob('../../*.md', { query: '?raw', import: 'default', eager: true }),
}

test('every comment, test title, guide and sentence keeps to the style', () => {
  expect(Object.keys(texts).length).toBeGreaterThan(300)
  const faults = Object.entries(texts)
    .filter(([path]) => !path.includes('invariants/style') && !path.endsWith('/style.ts') && !path.endsWith('/style.test.ts'))
    .flatMap(([path, text]) => checkFile(path.replace('../../', ''), text))
  expect(faults.map(({ file, line, rule, text }) => `${file}:${line}: ${rule}: ${text}`)).toEqual([])
})

describe('checkFile', () => {
  test.each<[string, string]>([
    ['a modern word for "anew"', '/** Builds the sums anew. */'],
    ['a subject instead of "what"', '/** What a read answers with. */'],
    ['a subject instead of "how long"', '/** How long a claim lasts. */'],
    ['a subject in the second sentence', '/** Returns the key. Who asks twice gets it again. */'],
    ['a subject in a line comment', '  // Nobody reads it.'],
    ['"because" instead of "for"', '/** Keeps the claim, for it is not known whether the put landed. */'],
    ['"next to" instead of "beside"', '/** The sums stand beside the readings. */'],
    ['a technical term instead of a death', '/** A tick that dies leaves less for the next. */'],
    ['a complete test title', "test('and what is no bookmark is refused', () => {})"],
    ['a complete title of a table of tests', "test.each([1, 2])('but %s is let through', () => {})"],
    ['plain words in an error', "throw new Problem('conflict', 'Whoever has the key may read it.')"],
  ])('asks for %s', (_, source) => {
    expect(checkFile('src/cache/x.ts', `const a = 1\n${source}\n`).map(({ line }) => line)).toContain(2)
  })

  test('asks for a header in a test file', () => {
    const [header, body] = ['// Promise: a lease ends.\n', "test('a lease ends after an hour', () => {\n  // It was renewed once.\n})\n"]
    expect(checkFile('a.test.ts', body).map(({ line }) => line)).toEqual([1])
    expect(checkFile('a.test.ts', header + body)).toEqual([])
  })

  test('asks for plain words in a guide, and not in its code', () => {
    expect(checkFile('a.md', '```sh\n# anew\n```\n`anew`\n')).toEqual([])
    expect(checkFile('a.md', '# Title\n\nIt is built anew.\n').map(({ line }) => line)).toEqual([3])
  })

  test('accepts plain English', () => {
    const source = `/**\n * Returns the claim of an entry, or undefined if another publisher has it.\n */\n// Waits for a replica.\ntest('lease renews an entry when less than a quarter of it remains', () => {})`
    expect(checkFile('src/cache/x.ts', source)).toEqual([])
  })
})

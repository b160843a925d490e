import { access, glob } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EARLIEST_BOOKMARK } from '../../src/db/client.ts'
import { CAUSES } from '../../src/docs/causes.ts'
import { ERRORS_PAGE, GUIDES, LIMITS_PAGE, OTHER_ADDRESSES, headingId, resolveLink } from '../../src/docs/guide-list.ts'
import { root } from './npm-start.ts'
import { DOCUMENTS, readDocument, readGuide } from './readme-steps.ts'

// Promise: every document keeps to the limits of the style guide, and its links and commands exist.

const MAX_README_LINES = 200
const MAX_COLUMNS = 5
const MAX_CELL = 60
const MAX_LINE = 100
/** Addresses that guides may link to and that have no Markdown file: the build generates them. */
const GENERATED = new Set(['/docs', ERRORS_PAGE.address, LIMITS_PAGE.address, ...OTHER_ADDRESSES])

const withoutCode = (text: string) => text.replaceAll(/^ *```[^]*?^ *```$/gm, '')
/** Returns the visible text of a cell. A link counts with its text, not with its address. */
const visible = (cell: string) => cell.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
const cellsOf = (row: string) =>
  row
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/)
const linksOf = (text: string) => [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, href]) => href!)
const headingsOf = (text: string) => [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => headingId(heading!))

const texts = new Map(await Promise.all(DOCUMENTS.map(async (file) => [file, await readDocument(file)] as const)))
const { scripts } = JSON.parse(await readDocument('package.json')) as { scripts: Record<string, string> }

/** Returns the fault of a link, or undefined if its target exists. */
const linkFault = async (file: string, href: string): Promise<string | undefined> => {
  if (/^https?:/.test(href)) return undefined
  if (href.startsWith('/')) {
    const { pathname, hash } = new URL(href, 'https://api.test')
    if (!GENERATED.has(pathname)) return `${href} is not a page`
    return hash === '' || (pathname === ERRORS_PAGE.address && Object.hasOwn(CAUSES, hash.slice(1)))
      ? undefined
      : `${href} has no such heading`
  }
  const { path, fragment } = resolveLink(file, href)
  if (fragment !== '') return headingsOf(texts.get(path) ?? '').includes(fragment) ? undefined : `${href} has no such heading`
  return access(join(root, path)).then(
    () => undefined,
    () => `${href} is not a file`,
  )
}

test(`the README has at most ${MAX_README_LINES} lines`, () => {
  expect(texts.get('README.md')!.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES)
})

test('the list of guides names every guide of src/docs/guides', async () => {
  const files: string[] = []
  for await (const file of glob('src/docs/guides/**/*.md', { cwd: root })) files.push(file)
  const listed = GUIDES.map(({ file }) => file).filter((file) => file.startsWith('src/'))
  expect(files.toSorted()).toEqual(listed.toSorted())
})

test('the guide of bookmarks states the number of their characters', async () => {
  expect(await readGuide('use/read-your-writes')).toContain(`A bookmark has ${EARLIEST_BOOKMARK.length} characters`)
})

describe.each(DOCUMENTS)('%s', (file) => {
  const text = texts.get(file)!
  const lines = withoutCode(text).split('\n')
  const rows = lines.filter((line) => line.startsWith('|') && !/^[| :-]+$/.test(line))

  test(`a document wraps prose at ${MAX_LINE} characters`, () => {
    // A line of one word, such as a long link, cannot be wrapped.
    const isProse = (line: string) => !/^\||^!\[/.test(line) && line.trim().includes(' ')
    expect(lines.filter((line) => line.length > MAX_LINE && isProse(line))).toEqual([])
  })

  test(`a document has tables of at most ${MAX_COLUMNS} columns and cells of at most ${MAX_CELL} characters`, () => {
    expect(rows.filter((row) => cellsOf(row).length > MAX_COLUMNS)).toEqual([])
    expect(rows.flatMap(cellsOf).filter((cell) => visible(cell).length > MAX_CELL)).toEqual([])
  })

  test('a document has tables whose every column has a header', () => {
    const headers = lines.filter((_, at) => /^\|[ :|-]+$/.test(lines[at + 1] ?? ''))
    expect(headers.filter((row) => cellsOf(row).some((cell) => cell.trim() === ''))).toEqual([])
  })

  test('every link of a document has a target', async () => {
    const faults = await Promise.all(linksOf(text).map((href) => linkFault(file, href)))
    expect(faults.filter(Boolean)).toEqual([])
  })

  test('a document names only files and folders of the repository that exist', async () => {
    const named = [...text.matchAll(/`((?:src|test|seed|drizzle)\/[\w./-]+)`/g)].map(([, path]) => path!)
    const missing = await Promise.all(
      named.map((path) =>
        access(join(root, path)).then(
          () => [],
          () => [path],
        ),
      ),
    )
    expect(missing.flat()).toEqual([])
  })

  test('a document has one title, and no heading twice', () => {
    const headings = headingsOf(text)
    expect(withoutCode(text).match(/^# /gm)).toHaveLength(1)
    // Every release of a changelog has the same headings.
    if (file !== 'CHANGELOG.md') expect(headings).toEqual([...new Set(headings)])
  })

  test('a document names only npm scripts that exist', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name!)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})

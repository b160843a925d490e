import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderErrors } from './errors.ts'
import { ERRORS_PAGE, GUIDES, LIMITS_PAGE, PAGE_GROUPS, resolveLink } from './guide-list.ts'
import type { Guide, Page } from './guide-list.ts'
import { renderLimits } from './limits.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Returns the address of the page that a link of a guide leads to. Links between guides are relative paths of files, so that
 * they also work where the repository is browsed.
 * @throws Error if the link leads to a file that has no page
 */
const pageAddress = (file: string, href: string): string => {
  if (/^(https?:|\/|#)/.test(href)) return href
  const { path, fragment } = resolveLink(file, href)
  const target = GUIDES.find((guide) => guide.file === path)
  if (!target) throw new Error(`${file} links to ${href}, which has no page. Link to a guide, or name the file as code.`)
  return fragment ? `${target.address}#${fragment}` : target.address
}

/** Matches a block of code, or the target of a link outside of one. */
const CODE_OR_LINK = /^ *```[^]*?^ *```$|\]\(([^)\s]+)\)/gm

const readGuide = async ({ file }: Guide): Promise<string> => {
  const source = await readFile(join(root, file), 'utf8')
  return source.replaceAll(CODE_OR_LINK, (text, href?: string) => (href === undefined ? text : `](${pageAddress(file, href)})`))
}

const listPages = (pages: readonly Page[], suffix = ''): string =>
  pages.map(({ address, title, summary }) => `- [${title}](${address}${suffix}): ${summary}`).join('\n')

const INDEX = `# Guides

In the guides, \`$BASE\` is the address of the API, such as the address of this page, and \`$KEY\` is an API key. The
[reference](/docs/reference) lists every route and lets you try it. [openapi.json](/openapi.json) is the contract for machines.
Every page is also Markdown: add \`.md\` to its address. [llms.txt](/llms.txt) lists them.

${PAGE_GROUPS.map(({ title, summary, pages }) => `## ${title}\n\n${summary}\n\n${listPages(pages)}\n`).join('\n')}`

/** Renders every page as Markdown, by address. Links lead to addresses. */
export const renderMarkdown = async (): Promise<Map<string, string>> =>
  new Map([
    ['/docs', INDEX],
    [ERRORS_PAGE.address, renderErrors()],
    [LIMITS_PAGE.address, renderLimits()],
    ...(await Promise.all(GUIDES.map(async (guide) => [guide.address, await readGuide(guide)] as const))),
  ])

/** Renders the list of pages by the convention of llmstxt.org, for programs that read documentation. */
export const renderLlmsTxt = (): string => `# Sprocket telemetry

> An API for factory production telemetry: readings of actual and planned production, sums, shifts, stops and OEE.

${PAGE_GROUPS.map(({ title, pages }) => `## ${title}\n\n${listPages(pages, '.md')}\n`).join('\n')}
## Contract

- [openapi.json](/openapi.json): every route, parameter and schema
- [client.d.ts](/client.d.ts): the types of the TypeScript client
`

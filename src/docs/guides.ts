import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { html, raw } from 'hono/html'
import { Marked } from 'marked'
import { GUIDE_GROUPS, GUIDES, headingId, resolveLink } from './guide-list.ts'
import type { Guide, GuideGroup } from './guide-list.ts'
import type { Page } from './page.ts'

const root = join(import.meta.dirname, '../..')

/** The limits page is generated from tables (limits.ts), and ends the group `use`. */
const LIMITS_PAGE = { address: '/docs/limits', title: 'Limits', summary: 'Rate limits and sizes.' }

type Entry = Pick<Guide, 'address' | 'title' | 'summary'>
const listEntries = ({ name, guides }: GuideGroup): Entry[] => (name === 'use' ? [...guides, LIMITS_PAGE] : [...guides])

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

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** Returns the renderer of a guide. Guides are trusted input. Code and tables scroll, so they accept the keyboard focus. */
const createRenderer = (file: string) =>
  new Marked({
    renderer: {
      code: ({ text, lang }) => `<pre tabindex="0"><code${lang ? ` class="language-${lang}"` : ''}>${escape(text)}</code></pre>\n`,
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${headingId(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      link({ href, tokens }) {
        return `<a href="${escape(pageAddress(file, href))}">${this.parser.parseInline(tokens)}</a>`
      },
      table({ header, rows }) {
        const renderRow = (cells: typeof header) => `<tr>${cells.map((cell) => this.tablecell(cell)).join('')}</tr>`
        return `<div class="scroll" tabindex="0"><table><thead>${renderRow(header)}</thead><tbody>${rows.map(renderRow).join('')}</tbody></table></div>\n`
      },
    },
  })

const renderGuide = async (guide: Guide, group: GuideGroup, script: string): Promise<Page> => {
  const source = await readFile(join(root, guide.file), 'utf8')
  const entries = listEntries(group)
  const next = entries[entries.findIndex(({ address }) => address === guide.address) + 1]
  const body = html`<article class="text">
    <p><a href="/docs#${group.name}">${group.title}</a></p>
    ${raw(await createRenderer(guide.file).parse(source))}
    ${next ? html`<p class="next">Next: <a href="${next.address}">${next.title}</a></p>` : ''}
  </article>`
  return { address: guide.address, title: guide.title, body, script }
}

const renderIndex = (): Page => ({
  address: '/docs',
  title: 'Guides',
  body: html`<article class="text">
    <h1>Guides</h1>
    <p>
      In the guides, <code>$BASE</code> is the address of the API, such as the address of this page, and <code>$KEY</code> is an API key.
      The <a href="/docs/reference">reference</a> lists every route and lets you try it. <a href="/docs/errors">Errors</a> explains every
      error. <a href="/openapi.json">openapi.json</a> is the contract for machines.
    </p>
    ${GUIDE_GROUPS.map(
      (group) =>
        html`<h2 id="${group.name}">${group.title}</h2>
          <p>${group.summary}</p>
          <dl class="guides">
            ${listEntries(group).map(
              ({ address, title, summary }) =>
                html`<dt><a href="${address}">${title}</a></dt>
                  <dd>${summary}</dd>`,
            )}
          </dl>`,
    )}
  </article>`,
})

/**
 * Renders the pages of all guides, and the page that lists them.
 * @param script address of the script that adds the copy buttons
 */
export const guidePages = async (script: string): Promise<Page[]> => {
  const pages = GUIDE_GROUPS.flatMap((group) => group.guides.map((guide) => renderGuide(guide, group, script)))
  return [renderIndex(), ...(await Promise.all(pages))]
}

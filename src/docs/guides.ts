import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { html, raw } from 'hono/html'
import { Marked } from 'marked'
import type { Page } from './page.ts'

/** The guides in the order one needs them: file, title, and what it is for. */
export const GUIDES = [
  ['first-read', 'First read', 'Ask for a chart, in a browser or a shell; what the answer and its headers say.'],
  ['first-write', 'First write', 'Send a reading, see what it did, and see what a mistake looks like.'],
  ['devices', 'Posting from a device', 'With curl, Python, Node or Telegraf; unattended, and in doubt twice.'],
  ['grafana', 'Grafana with Infinity', 'A chart over any range and a table of all factories, step by step.'],
  ['retries', 'Retries and idempotency', 'What may be sent again, and how to do once what must not be done twice.'],
  ['read-your-writes', 'Read your writes', 'How a read is made not to be older than a write.'],
] as const

/** Guides are our own words, so their HTML is taken as it is. Code can be scrolled, so the keyboard must reach it. */
const marked = new Marked({
  renderer: {
    code: ({ text, lang }) =>
      `<pre tabindex="0"><code${lang ? ` class="language-${lang}"` : ''}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</code></pre>\n`,
    heading({ tokens, depth, text }) {
      const id = text
        .toLowerCase()
        .replaceAll(/[^a-z\d]+/g, '-')
        .replaceAll(/^-|-$/g, '')
      return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`
    },
  },
})

/**
 * The pages of the guides, and the one that lists them.
 * @param script address of what lets code be copied
 */
export const guidePages = async (script: string): Promise<Page[]> => {
  const pages = GUIDES.map(async ([name, title], n): Promise<Page> => {
    const source = await readFile(join(import.meta.dirname, 'guides', `${name}.md`), 'utf8')
    const [next, nextTitle] = GUIDES[n + 1] ?? ['limits', 'Limits']
    const body = html`<article class="text">
      ${raw(await marked.parse(source))}
      <p class="next">Next: <a href="/docs/${next}">${nextTitle}</a></p>
    </article>`
    return { at: `/docs/${name}`, title, body, script }
  })
  const list = html`<article class="text">
    <h1>Guides</h1>
    <p>
      Each takes a few minutes. <code>$BASE</code> stands for the address of the API, such as this page's, and <code>$KEY</code> for an API
      key. The <a href="/docs/reference">reference</a> has every route, to try out in place; <a href="/docs/errors">errors</a> explains
      every refusal; <a href="/openapi.json">openapi.json</a> is the contract for machines.
    </p>
    <dl class="guides">
      ${[...GUIDES, ['limits', 'Limits', 'How much, how often and how large.']].map(
        ([name, title, about]) =>
          html`<dt><a href="/docs/${name}">${title}</a></dt>
            <dd>${about}</dd>`,
      )}
    </dl>
  </article>`
  return [{ at: '/docs', title: 'Guides', body: list }, ...(await Promise.all(pages))]
}

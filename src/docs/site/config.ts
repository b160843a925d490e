import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transformerStyleToClass } from '@shikijs/transformers'
import { defineConfig } from 'vitepress'
import { CODE_COLOURS } from '../externalize.ts'
import { OTHER_ADDRESSES, PAGE_GROUPS, PAGES, headingId } from '../guide-list.ts'
import { markCommands } from './mark-commands.ts'

/** The policy of the pages permits no inline style, so the colours of code become classes. */
const codeColours = transformerStyleToClass({ classPrefix: 'c-' })

/** Marks the links to files that are not guides: the router of VitePress must not load them. */
const NOT_GUIDES = { target: '_self' }

/** The configuration of VitePress. */
export default defineConfig({
  title: 'Sprocket telemetry',
  titleTemplate: ':title · Sprocket telemetry',
  lang: 'en',
  cleanUrls: true,
  metaChunk: true,
  // Otherwise a switch of the theme adds a style element for a moment.
  appearance: { disableTransition: false },
  ignoreDeadLinks: OTHER_ADDRESSES.map((address) => new RegExp(`^${address.replaceAll('.', '\\.')}$`)),
  head: [
    ['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }],
    ['meta', { name: 'color-scheme', content: 'light dark' }],
  ],
  markdown: {
    html: false,
    anchor: { slugify: headingId },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    codeTransformers: [markCommands, codeColours],
    toc: { slugify: headingId },
    config: ({ renderer }) => {
      const renderLink = renderer.rules.link_open!
      renderer.rules.link_open = (tokens, index, ...rest) => {
        const token = tokens[index]!
        if (OTHER_ADDRESSES.includes(token.attrGet('href')?.split('#')[0] ?? '')) token.attrSet('target', NOT_GUIDES.target)
        return renderLink(tokens, index, ...rest)
      }
      // Markdown aligns the cells of a column with a style attribute, which becomes a class.
      for (const cell of ['th_open', 'td_open'])
        renderer.rules[cell] = (tokens, index, options, _env, self) => {
          const token = tokens[index]!
          if (token.attrGet('style') === 'text-align:right') token.attrs = [['class', 'number']]
          return self.renderToken(tokens, index, options)
        }
    },
  },
  transformPageData: ({ relativePath }) => ({
    description: PAGES.find(({ address }) => `${address.slice(1)}.md` === relativePath)?.summary ?? '',
  }),
  transformHead: ({ page }) => [['link', { rel: 'alternate', type: 'text/markdown', href: `/${page}` }]],
  themeConfig: {
    logoLink: { link: '/', ...NOT_GUIDES },
    nav: [
      { text: 'Dashboard', link: '/', ...NOT_GUIDES },
      { text: 'Guides', link: '/docs', activeMatch: '^/docs(?!/errors)' },
      { text: 'Reference', link: '/docs/reference', ...NOT_GUIDES },
      { text: 'Errors', link: '/docs/errors' },
    ],
    sidebar: PAGE_GROUPS.map(({ title, pages }) => ({
      text: title,
      items: pages.map((page) => ({ text: page.title, link: page.address })),
    })),
    outline: [2, 3],
    search: { provider: 'local' },
  },
  // `site.ts` finds the colours here, after all pages are rendered.
  buildEnd: ({ outDir }) => writeFile(join(outDir, CODE_COLOURS), codeColours.getCSS()),
})

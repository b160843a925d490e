import { h } from 'vue'
import { useData } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import type { Theme } from 'vitepress'
import './style.css'

/** The default theme without its fonts, and with a link to the Markdown of each page. */
const theme: Theme = {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, {
      'doc-footer-before': () =>
        h('a', { class: 'markdown', href: `/${useData().page.value.relativePath}`, target: '_self' }, 'This page as Markdown'),
    }),
}
export default theme

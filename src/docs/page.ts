import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Addresses of the bundles that every page loads. They contain a hash of the content. */
export interface Bundles {
  style: string
}

/** A page of the documentation. */
export interface Page {
  /** Address without a slash at the end, such as `/docs/errors`. */
  address: string
  title: string
  body: Html
  script?: string
}

const NAVIGATION = [
  ['/', 'Dashboard'],
  ['/docs', 'Guides'],
  ['/docs/reference', 'Reference'],
  ['/docs/errors', 'Errors'],
] as const

/** Renders a complete HTML page. */
export const renderPage = async ({ address: current, title, body, script }: Page, { style }: Bundles): Promise<string> => {
  const currentMark = (address: string) => {
    // Pages without their own entry belong to the entry "Guides".
    const isInside = address === '/docs' && !NAVIGATION.some(([other]) => other === current)
    return address === current ? raw(' aria-current="page"') : isInside ? raw(' aria-current="true"') : ''
  }
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Sprocket telemetry</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${style}" />
        ${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
      </head>
      <body class="docs">
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <a class="brand" href="/">Sprocket telemetry</a>
          <nav aria-label="Pages">
            ${NAVIGATION.map(([address, name]) => html`<a href="${address}" ${currentMark(address)}>${name}</a>`)}
          </nav>
        </header>
        <main id="main" tabindex="-1">${body}</main>
      </body>
    </html> `
  return page.toString()
}

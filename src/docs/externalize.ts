import { sha256, toBase64Url } from '../runtime/hash.ts'

/** Path of the style sheet with the colours of code, in the site that VitePress renders. */
export const CODE_COLOURS = 'code.css'
/** Style sheet of icons that VitePress renders; the pages use none. */
const ICONS = 'vp-icons.css'

type Files = Map<string, string | Uint8Array>

/** Returns the path of a file whose name contains a hash of the content, so that browsers can cache it without expiry. */
export const hashedPath = async (name: string, extension: string, content: string): Promise<string> =>
  `assets/${name}-${toBase64Url(await sha256(content)).slice(0, 8)}.${extension}`

const INLINE_SCRIPTS = /(?:<script id="[^"]*">[^<]*<\/script>\s*)+/
const INLINE_IMAGE = /url\("data:image\/svg\+xml(?:;[^,]*)?,((?:[^"\\]|\\.)*)"\)/g
const ICON_LINK = /<link [^>]*vp-icons\.css[^>]*>\s*/
const STYLE_ATTRIBUTE = / style="[^"]*"/g

/**
 * Moves the inline scripts, styles and images of a site into files, because the policy of the pages permits none. The style
 * sheet of the theme contains the style attributes that VitePress renders.
 */
export const externalize = async (site: Files): Promise<Files> => {
  const files: Files = new Map()
  const textOf = (path: string) => Buffer.from(site.get(path)!).toString()
  const add = async (name: string, extension: string, content: string) => {
    const path = await hashedPath(name, extension, content)
    files.set(path, content)
    return `/${path}`
  }
  const coloursAddress = await add('code', 'css', textOf(CODE_COLOURS))

  for (const [path, content] of site) {
    if (path === CODE_COLOURS || path === ICONS) continue
    if (path.endsWith('.css')) {
      let css = textOf(path)
      for (const [image, encoded] of new Map([...css.matchAll(INLINE_IMAGE)].map((match) => [match[0], match[1]!])))
        css = css.replaceAll(image, `url(${await add('icon', 'svg', decodeURIComponent(encoded.replaceAll('\\', '')))})`)
      files.set(path, css)
    } else if (path.endsWith('.html')) {
      const html = textOf(path)
      const [scripts] = INLINE_SCRIPTS.exec(html)!
      const script = await add('appearance', 'js', scripts.replaceAll(/<[^>]*>\s*/g, '\n').trim())
      files.set(
        path,
        html
          .replace(scripts, () => `<link rel="stylesheet" href="${coloursAddress}"><script src="${script}"></script>`)
          .replace(ICON_LINK, '')
          .replaceAll(STYLE_ATTRIBUTE, ''),
      )
    } else files.set(path, content)
  }
  return files
}

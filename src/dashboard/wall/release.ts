const CHECK_MS = 300_000

/** Returns the addresses of the scripts and styles of a page. They contain a hash, so each release has others. */
const findAssets = (html: string): string => [...new Set(html.match(/\/assets\/[\w.-]+/g))].toSorted().join(' ')

/**
 * Reloads the page after a new release. It checks the page first, so that it never reloads into an error.
 * @param reload replaces the reload of the page, for tests
 */
export const watchReleases = (signal: AbortSignal, reload: () => void = () => location.reload()): void => {
  const current = findAssets(document.head.innerHTML)
  const check = async () => {
    const response = await fetch('/', { cache: 'no-store', signal })
    const assets = response.ok ? findAssets(await response.text()) : ''
    if (assets !== '' && assets !== current) reload()
  }
  const timer = setInterval(() => void check().catch(() => {}), CHECK_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
}

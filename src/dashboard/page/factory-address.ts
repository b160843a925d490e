/** Reads the address of a factory. The first script of a page needs it before any text is loaded, so this file imports none. */

export const parseInteger = (text: string | null | undefined): number | undefined =>
  typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined

/** Returns the id of the path `/factory/3`, or of the older address `/?factory=3`. */
export const parseFactoryId = (pathname: string, query: URLSearchParams): number | undefined => {
  const [, path] = /^\/factory\/(\d+)$/.exec(pathname) ?? []
  const id = parseInteger(path ?? query.get('factory'))
  return id !== undefined && id >= 0 ? id : undefined
}

/** True for an address that shows the page of a factory, and not the wall. */
export const isFactoryPage = ({ pathname, search }: Pick<URL, 'pathname' | 'search'>): boolean => {
  const query = new URLSearchParams(search)
  return parseFactoryId(pathname, query) !== undefined && !query.has('tv')
}

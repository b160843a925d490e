/** Maximum characters that an error quotes of one name, so that a response cannot repeat a large request. */
const QUOTED_CHARACTERS = 100

/** Shortens a text for a quotation; an ellipsis marks the cut. */
export const takeExcerpt = (text: string): string => (text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text)

/** Names that need no escaping, such as all members of the schemas. */
const PLAIN = /^\w{1,100}$/

const escape = (name: string): string =>
  PLAIN.test(name) ? name : encodeURIComponent(takeExcerpt(name).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))

/**
 * Builds a JSON pointer as a URI fragment (RFC 6901, section 6). A lone surrogate, which a URI cannot contain, becomes U+FFFD. Long
 * names are shortened.
 */
export const toPointer = (path: readonly PropertyKey[]): string => '#' + path.map((part) => `/${escape(String(part))}`).join('')

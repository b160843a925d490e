/** Characters of client text that an answer quotes of one name. A longer name would make the answer an echo of the request. */
const QUOTED_CHARACTERS = 100

/** Returns a text that is short enough to quote: its beginning and an ellipsis if it is longer. */
export const takeExcerpt = (text: string): string => (text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text)

/** Names that a pointer has as they are: those of all members that are read here. */
const PLAIN = /^\w{1,100}$/

const escape = (name: string): string =>
  PLAIN.test(name) ? name : encodeURIComponent(takeExcerpt(name).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))

/**
 * Returns a JSON pointer as a URI fragment (RFC 6901, section 6). Half a character, which no URI can hold, is shown as one that is
 * unknown. A part that is longer than any name that is read here is cut.
 */
export const pointerTo = (path: readonly PropertyKey[]): string => '#' + path.map((part) => `/${escape(String(part))}`).join('')

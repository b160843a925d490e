/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX 9, section 2.4). */
const [BEGIN, END] = ['\u2068', '\u2069']

/**
 * Wraps a name in isolating characters, so that its direction does not affect the text around it. A Hebrew or Arabic name would move
 * adjacent digits and punctuation to its other side. For plain strings such as titles; elements of a page use `<bdi>`.
 */
export const wrapName = (name: string): string => `${BEGIN}${name}${END}`

/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX 9, section 2.4). */
const [BEGIN, END] = ['\u2068', '\u2069']

/**
 * Keeps a name that people gave from rearranging the text around it: a name in Hebrew or Arabic would otherwise pull digits and
 * punctuation next to it to its other side. For plain strings such as titles; elements of a page use `<bdi>`.
 */
export const wrapName = (name: string): string => `${BEGIN}${name}${END}`

import { findStringEnd } from './json-bounds.ts'

/** The detail of the error of a repeated member. */
export const DUPLICATE_FIELD = 'Duplicate field. Send it once.'

/** An object or array that encloses the current position. */
interface Container {
  /** The member names so far; undefined for an array. */
  names: Set<string> | undefined
  /** The last member name, or the index of the current item. */
  key: PropertyKey
  /** True if the next string is a member name. */
  isNameNext: boolean
}

/** Returns the text of a JSON string without its quotes. */
const unescape = (literal: string): string => (literal.includes('\\') ? (JSON.parse(`"${literal}"`) as string) : literal)

/**
 * Returns the path of the first repeated member; undefined if no object has two members of one name. `JSON.parse` keeps the last of them
 * (RFC 8259, section 4), so the others would be lost.
 * @param text well-formed JSON
 */
export const findDuplicateName = (text: string): PropertyKey[] | undefined => {
  const open: Container[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    const inside = open.at(-1)
    if (character === '"') {
      const start = at
      at = findStringEnd(text, start)
      if (!inside?.isNameNext) continue
      const name = unescape(text.slice(start + 1, at))
      if (inside.names!.has(name)) return [...open.slice(0, -1).map(({ key }) => key), name]
      inside.names!.add(name)
      Object.assign(inside, { key: name, isNameNext: false })
    } else if (character === '{') open.push({ names: new Set(), key: '', isNameNext: true })
    else if (character === '[') open.push({ names: undefined, key: 0, isNameNext: false })
    else if (character === '}' || character === ']') open.pop()
    else if (character === ',' && inside) {
      if (inside.names) inside.isNameNext = true
      else inside.key = Number(inside.key) + 1
    }
  }
  return undefined
}

import { Problem } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { parseExactJson } from './exact-number.ts'
import { pointerTo } from './json-pointer.ts'

/**
 * Bounds what a JSON text can cost before it is parsed. `JSON.parse` and a schema take up to a second for 1 MiB of members,
 * brackets or fractions. A scan of the characters takes a few milliseconds and stops at the first bound that is exceeded. The
 * text is cut there and closed, so that a schema can still say what is wrong with the part before. A cut body is never accepted.
 */

/** An object or array that the scan is inside of. */
interface Container {
  close: '}' | ']'
  /** Commas until now. */
  commas: number
  /** True in an object where the next string is the name of a member. */
  isNameNext: boolean
  /** Where the last name begins and ends, quotes included. */
  name: [from: number, to: number]
}

type Bound = 'items' | 'members' | 'values' | 'depth'

/** A text that was cut: what it lacks, and the way from its root to the innermost container that is open at the cut. */
interface Cut {
  bound: Bound
  path: PropertyKey[]
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Returns where the string ends that begins at a quote. */
const findStringEnd = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return text.length
}

/** Returns the bound that a container, or the whole text, exceeds with its latest comma. */
const findExcess = ({ close, commas }: Container, values: number): Bound | undefined => {
  if (close === ']' && commas > LIMITS.readings) return 'items'
  if (close === '}' && commas > LIMITS.objectMembers) return 'members'
  return values > LIMITS.bodyValues ? 'values' : undefined
}

/** The way from the root to the innermost of the open containers. */
const buildPath = (text: string, open: Container[]): PropertyKey[] =>
  open.slice(0, -1).map(({ close, commas, name }) => (close === ']' ? commas : (JSON.parse(text.slice(...name)) as string)))

/**
 * Cuts a JSON text where it exceeds a bound: an array keeps one item more than it may have, an object one member more. Text that is
 * not well-formed stays so. Time and memory grow with the part before the cut.
 */
export const cutJson = (text: string): { text: string; cut?: Cut } => {
  const open: Container[] = []
  let values = 0
  const endAt = (at: number, bound: Bound, rest = '') => {
    const closing = open.map(({ close }) => close).toReversed()
    return { text: text.slice(0, at) + rest + closing.join(''), cut: { bound, path: buildPath(text, open) } }
  }
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const inside = open.at(-1)
    if (code === QUOTE) {
      const start = at
      at = findStringEnd(text, start)
      if (inside?.isNameNext) {
        inside.name = [start, at + 1]
        inside.isNameNext = false
      }
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length === LIMITS.bodyDepth) return endAt(at, 'depth', 'null')
      values++
      open.push({ close: code === OPEN_OBJECT ? '}' : ']', commas: 0, isNameNext: code === OPEN_OBJECT, name: [0, 0] })
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) open.pop()
    else if (code === COMMA && inside) {
      values++
      inside.commas++
      const bound = findExcess(inside, values)
      if (bound) return endAt(at, bound)
      inside.isNameNext = inside.close === '}'
    }
  }
  return { text }
}

const WORDS: Record<Bound, [limit: string, detail: string]> = {
  items: [`An array may have ${LIMITS.readings} items; send them in parts.`, `It has more than ${LIMITS.readings} items.`],
  members: [
    `An object may have ${LIMITS.objectMembers} members.`,
    `It has more than ${LIMITS.objectMembers} members; send those that the contract at /openapi.json describes.`,
  ],
  values: [`A body may have ${LIMITS.bodyValues} values; send it in parts.`, 'The value that is one too many is in here.'],
  depth: [`Values may be nested ${LIMITS.bodyDepth} deep.`, 'It is nested deeper.'],
}

/** Builds the problem of a body that exceeds a bound at a place. */
export const exceeding = (bound: Bound, path: readonly PropertyKey[]): Problem => {
  const [limit, detail] = WORDS[bound]
  return new Problem('content-too-large', `This body is too large. ${limit}`, { faults: [{ pointer: pointerTo(path), detail }] })
}

/** Objects and arrays that lack what came after a cut, by the problem that the body has. Garbage collection empties it. */
const incomplete = new WeakMap<object, Problem>()

/** Returns the problem of a value that lacks what came after a cut; undefined for one that is whole. */
export const getExcess = (value: unknown): Problem | undefined =>
  typeof value === 'object' && value !== null ? incomplete.get(value) : undefined

/**
 * Parses JSON as far as it keeps within bounds.
 * @throws SyntaxError
 */
export const parseBoundedJson = (text: string): unknown => {
  const { text: kept, cut } = cutJson(text)
  const value = parseExactJson(kept)
  if (cut) {
    const problem = exceeding(cut.bound, cut.path)
    let place = value as Record<PropertyKey, object>
    incomplete.set(place, problem)
    for (const name of cut.path) {
      place = place[name] as typeof place
      incomplete.set(place, problem)
    }
  }
  return value
}

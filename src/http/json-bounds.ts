import { Problem } from '../errors.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'
import { parseExactJson } from './exact-number.ts'
import { toPointer } from '../schemas/json-pointer.ts'

/**
 * Bounds the cost of parsing JSON. `JSON.parse` and a schema take up to a second for 1 MiB of members, brackets or fractions. A scan of
 * the characters takes a few milliseconds and stops at the first exceeded bound. The text is cut there and its containers are
 * closed, so that a schema can describe errors in the part before. A cut body is always rejected.
 */

/** An object or array that encloses the current position. */
interface Container {
  close: '}' | ']'
  /** Commas so far. */
  commas: number
  /** True if the next string is a member name. */
  isNameNext: boolean
  /** Start and end of the last member name, including its quotes. */
  name: [from: number, to: number]
}

type Bound = 'items' | 'members' | 'values' | 'depth'

/** A cut: the exceeded bound, and the path from the root to the innermost container that is open there. */
interface Cut {
  bound: Bound
  path: PropertyKey[]
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Returns the position of the closing quote of a string. */
export const findStringEnd = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at
  }
  return text.length
}

/** Returns the bound that a container or the whole text exceeds; undefined if none. */
const findExcess = ({ close, commas }: Container, values: number): Bound | undefined => {
  if (close === ']' && commas > LIMITS.readings) return 'items'
  if (close === '}' && commas > LIMITS.objectMembers) return 'members'
  return values > LIMITS.bodyValues ? 'values' : undefined
}

/** Builds the path from the root to the innermost open container. */
const buildPath = (text: string, open: Container[]): PropertyKey[] =>
  open.slice(0, -1).map(({ close, commas, name }) => (close === ']' ? commas : (JSON.parse(text.slice(...name)) as string)))

/**
 * Cuts a JSON text where it exceeds a bound. An array keeps one item more than its limit, an object one member more. Malformed text
 * stays malformed. Time and memory are linear in the length of the part before the cut.
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

/** Messages of each bound: the limit, for `detail`, and the field error at the cut. Functions, so that a start formats no numbers. */
const MESSAGES: Record<Bound, () => [limit: string, fieldError: string]> = {
  items: () => [
    `an array may have ${formatNumber(LIMITS.readings)} items. Send them in parts.`,
    `More than ${formatNumber(LIMITS.readings)} items.`,
  ],
  members: () => [
    `an object may have ${LIMITS.objectMembers} fields. Send only fields of the schema in /openapi.json.`,
    `More than ${LIMITS.objectMembers} fields.`,
  ],
  values: () => [
    `a body may have ${formatNumber(LIMITS.bodyValues)} values. Send it in parts.`,
    'Contains the first value above the limit.',
  ],
  depth: () => [`values may be nested ${LIMITS.bodyDepth} levels deep. Send a flatter body.`, 'Nested too deeply.'],
}

/** Builds the problem of a body that exceeds a bound in the container at `path`. */
export const buildExcessProblem = (bound: Bound, path: readonly PropertyKey[]): Problem => {
  const [limit, detail] = MESSAGES[bound]()
  return new Problem('content-too-large', `Body too large: ${limit}`, { fieldErrors: [{ pointer: toPointer(path), detail }] })
}

/** Problems of cut bodies by each container that was open at the cut. A WeakMap, so that entries end with their body. */
const incomplete = new WeakMap<object, Problem>()

/** Returns the problem of a value whose end was cut off; undefined for a complete value. */
export const getExcess = (value: unknown): Problem | undefined =>
  typeof value === 'object' && value !== null ? incomplete.get(value) : undefined

/**
 * Parses JSON up to the first exceeded bound.
 * @throws SyntaxError
 */
export const parseBoundedJson = (text: string): unknown => {
  const { text: cutText, cut } = cutJson(text)
  const value = parseExactJson(cutText)
  if (cut) {
    const problem = buildExcessProblem(cut.bound, cut.path)
    let container = value as Record<PropertyKey, object>
    incomplete.set(container, problem)
    for (const name of cut.path) {
      container = container[name] as typeof container
      incomplete.set(container, problem)
    }
  }
  return value
}

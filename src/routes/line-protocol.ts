import { lineEntry } from './entry.ts'
import type { Entry } from './entry.ts'

/**
 * InfluxDB's line protocol, as far as it can speak of readings: `production,factory=1 actual=5i,goal=6i 1611194818000000000`.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

/** How many of a precision make a second; the protocol's own is nanoseconds. */
export const PRECISIONS = { ns: 1_000_000_000n, us: 1_000_000n, ms: 1_000n, s: 1n } as const
export type Precision = keyof typeof PRECISIONS

const MEASUREMENT = 'production'
const FIELDS = ['actual', 'goal']

/** Measurement and tags, fields, and perhaps a timestamp, apart from each other by spaces that are neither escaped nor in quotes. */
const LINE = /^((?:\\.|[^ \\])+) +((?:"(?:\\.|[^"\\])*"|\\.|[^ "\\])+)(?: +(-?\d{1,19}))? *$/
/** Name and value around an equals sign that is not escaped. */
const PAIR = /^((?:\\.|[^=\\])+)=(.+)$/

const unescape = (text: string) => text.replaceAll(/\\([,= ])/g, '$1')
const pairsOf = (text: string): ([name: string, value: string] | undefined)[] =>
  text.split(/(?<!\\),/).map((part) => {
    const found = PAIR.exec(part)
    return found ? [unescape(found[1]!), unescape(found[2]!)] : undefined
  })

/** Whole seconds of a timestamp: the second that it lies in. */
const secondsOf = (timestamp: string, precision: Precision): number => {
  const [time, second] = [BigInt(timestamp), PRECISIONS[precision]]
  const whole = time / second
  return Number(time % second < 0n ? whole - 1n : whole)
}

/** What a field says: an integer (`5i`, `5u`) or a float as a number; what is neither stays text, for the schema to refuse. */
const numberOf = (value: string): number | string =>
  /^[+-]?\d+(?:[iu]|(?:\.\d*)?(?:e[+-]?\d+)?)$/i.test(value) ? parseFloat(value) : value

const readLine = (text: string, precision: Precision, now: number): Record<string, unknown> | string => {
  const [, head, fields, timestamp] = LINE.exec(text) ?? []
  if (head === undefined || fields === undefined) return 'This is no line protocol: measurement, tags, fields, timestamp.'
  const comma = /(?<!\\),/.exec(head)?.index ?? head.length
  if (unescape(head.slice(0, comma)) !== MEASUREMENT) return `The measurement is ${MEASUREMENT}; no other is kept here.`
  const [tags, given] = [comma < head.length ? pairsOf(head.slice(comma + 1)) : [], pairsOf(fields)]
  const wrong = [...tags, ...given].includes(undefined)
  if (wrong) return 'A tag or field is not written as name=value.'
  // Agents add tags of their own, such as the host; only the factory's matters here.
  const factory = tags.findLast((pair) => pair![0] === 'factory')?.[1]
  const unknown = given.find((pair) => !FIELDS.includes(pair![0]))
  if (unknown) return `The field ${unknown[0]} is not known here; send ${FIELDS.join(', ')} or both.`
  return {
    factory: factory !== undefined && /^\d{1,15}$/.test(factory) ? Number(factory) : factory,
    time: timestamp === undefined ? Math.floor(now / 1000) : secondsOf(timestamp, precision),
    ...Object.fromEntries(given.map((pair) => [pair![0], numberOf(pair![1])])),
  }
}

/**
 * The entries of a body of lines; empty ones and comments are none.
 * @param now Unix milliseconds, for lines without a timestamp
 */
export const entriesOfLines = (text: string, precision: Precision, now: number): Entry[] =>
  text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return []
    const found = readLine(line.trim(), precision, now)
    return [typeof found === 'string' ? { ...lineEntry(index + 1, undefined), malformed: found } : lineEntry(index + 1, found)]
  })

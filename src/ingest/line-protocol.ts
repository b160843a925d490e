import { LIMITS } from '../schemas/limits.ts'
import { describeWrongUnit, PER_SECOND } from '../schemas/time-unit.ts'
import type { Unit } from '../schemas/time-unit.ts'
import { lineRecord, refuseManyLines, tooManyReadings } from './record.ts'
import type { InputRecord } from './record.ts'
import { parseExact } from '../http/exact-number.ts'
import { takeExcerpt } from '../http/json-pointer.ts'
import { rejectSameSecond } from './same-second.ts'
import type { Stamped } from './same-second.ts'

/**
 * InfluxDB's line protocol, as far as it can speak of readings: `production,factory=1 actual=5i,goal=6i 1611194818000000000`.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

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
const secondsOf = (timestamp: string, unit: Unit): number => {
  const [time, second] = [BigInt(timestamp), BigInt(PER_SECOND[unit])]
  const whole = time / second
  return Number(time % second < 0n ? whole - 1n : whole)
}

/**
 * Parses the value of a field: an integer (`5i`, `5u`) or a float. Anything else stays text and a number that would be rounded
 * is NaN, for the schema to refuse.
 */
const parseFigure = (value: string): number | string =>
  /^[+-]?\d+(?:[iu]|(?:\.\d*)?(?:e[+-]?\d+)?)$/i.test(value) ? parseExact(value.replace(/[iu]$/i, '')) : value

/** Returns a name that is there twice. */
const findTwice = (names: string[]): string | undefined => names.find((name, index) => names.indexOf(name) !== index)

const readLine = (text: string, line: number, unit: Unit, now: number): Stamped => {
  const malformed = (detail: string): Stamped => ({ entry: { ...lineRecord(line, undefined), malformed: detail } })
  // Splitting ends one part after the limit, however long the line is.
  if (text.split(',', LIMITS.columns + 1).length > LIMITS.columns)
    return malformed(`This line has more than ${LIMITS.columns} tags and fields; send fewer.`)
  const [, head, fields, timestamp] = LINE.exec(text) ?? []
  if (head === undefined || fields === undefined) return malformed('This is no line protocol: measurement, tags, fields, timestamp.')
  const comma = /(?<!\\),/.exec(head)?.index ?? head.length
  if (unescape(head.slice(0, comma)) !== MEASUREMENT) return malformed(`The measurement is ${MEASUREMENT}; no other is kept here.`)
  const [tags, given] = [comma < head.length ? pairsOf(head.slice(comma + 1)) : [], pairsOf(fields)]
  if ([...tags, ...given].includes(undefined)) return malformed('A tag or field is not written as name=value.')
  // Agents add tags of their own, such as the host; only the factory's matters here.
  const [factory, other] = tags.filter((pair) => pair![0] === 'factory').map((pair) => pair![1])
  if (other !== undefined) return malformed('The tag factory is there twice; send it once.')
  const names = given.map((pair) => pair![0])
  const unknown = names.find((name) => !FIELDS.includes(name))
  if (unknown !== undefined) return malformed(`The field ${takeExcerpt(unknown)} is not known here; send ${FIELDS.join(', ')} or both.`)
  const twice = findTwice(names)
  if (twice !== undefined) return malformed(`The field ${twice} is there twice; send it once.`)
  const time = timestamp === undefined ? Math.floor(now / 1000) : secondsOf(timestamp, unit)
  const wrongUnit = timestamp && describeWrongUnit(Number(timestamp), unit, (likely) => `set precision=${likely}`)
  const value = {
    factory: factory !== undefined && /^\d{1,15}$/.test(factory) ? Number(factory) : factory,
    time,
    ...Object.fromEntries(given.map((pair) => [pair![0], parseFigure(pair![1])])),
  }
  const entry = { ...lineRecord(line, value), ...(wrongUnit && { wrong: { time: wrongUnit } }) }
  return { entry, point: { second: `${factory} ${time}`, instant: timestamp, fields: names } }
}

/**
 * The entries of a body of lines; empty ones and comments are none.
 * @param now Unix milliseconds, for lines without a timestamp
 * @throws Problem `content-too-large` for too many lines, or as soon as there are too many readings
 */
export const parseLineProtocol = (text: string, unit: Unit, now: number): InputRecord[] => {
  refuseManyLines(text)
  const lines: Stamped[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    if (lines.length === LIMITS.readings) throw tooManyReadings()
    lines.push(readLine(line.trim(), index + 1, unit, now))
  }
  return rejectSameSecond(lines)
}

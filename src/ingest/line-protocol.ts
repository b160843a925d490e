import { LIMITS } from '../schemas/limits.ts'
import { FIELD_LIST, READING_FIELDS } from '../schemas/reading-fields.ts'
import { describeWrongUnit, PER_SECOND } from '../schemas/time-unit.ts'
import type { Unit } from '../schemas/time-unit.ts'
import { lineRecord, refuseManyLines, tooManyReadings } from './record.ts'
import type { InputRecord } from './record.ts'
import { parseExact } from '../http/exact-number.ts'
import { takeExcerpt } from '../schemas/json-pointer.ts'
import { rejectSameSecond } from './same-second.ts'
import type { TimedLine } from './same-second.ts'

/**
 * Parser for the part of InfluxDB's line protocol that describes readings:
 * `production,factory=1 actual=5i,goal=6i 1611194818000000000`.
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */

const MEASUREMENT = 'production'

/** Measurement with tags, fields, and an optional timestamp, separated by spaces that are neither escaped nor quoted. */
const LINE = /^((?:\\.|[^ \\])+) +((?:"(?:\\.|[^"\\])*"|\\.|[^ "\\])+)(?: +(-?\d{1,19}))? *$/
/** Name and value, separated by an unescaped equals sign. */
const PAIR = /^((?:\\.|[^=\\])+)=(.+)$/

const unescape = (text: string) => text.replaceAll(/\\([,= ])/g, '$1')
const parsePairs = (text: string): ([name: string, value: string] | undefined)[] =>
  text.split(/(?<!\\),/).map((part) => {
    const found = PAIR.exec(part)
    return found ? [unescape(found[1]!), unescape(found[2]!)] : undefined
  })

/** Returns the second that contains a timestamp. */
const toSeconds = (timestamp: string, unit: Unit): number => {
  const [time, second] = [BigInt(timestamp), BigInt(PER_SECOND[unit])]
  const whole = time / second
  return Number(time % second < 0n ? whole - 1n : whole)
}

const NO_FACTORY = 'Missing tag. Send the tag factory with the id of a factory.'
const NO_ID = 'Not an id. Send the tag factory with the id of a factory, such as factory=1.'
const NO_FIGURE = `Not a whole number up to ${Number.MAX_SAFE_INTEGER}. Send one such as 5i.`

/** Parses the value of a field: an integer (`5i`, `5u`) or a float. Returns NaN for other values and for a number that would be rounded. */
const parseFigure = (value: string): number =>
  /^[+-]?\d+(?:[iu]|(?:\.\d*)?(?:e[+-]?\d+)?)$/i.test(value) ? parseExact(value.replace(/[iu]$/i, '')) : Number.NaN

const findDuplicate = (names: string[]): string | undefined => names.find((name, index) => names.indexOf(name) !== index)

const readLine = (text: string, line: number, unit: Unit, now: number): TimedLine => {
  const malformed = (detail: string): TimedLine => ({ record: { ...lineRecord(line, undefined), malformed: detail } })
  // The limit of split bounds the work for a long line.
  if (text.split(',', LIMITS.columns + 1).length > LIMITS.columns)
    return malformed(`More than ${LIMITS.columns} tags and fields. Send fewer.`)
  const [, head, fields, timestamp] = LINE.exec(text) ?? []
  if (head === undefined || fields === undefined)
    return malformed('Not line protocol. Send "measurement,tags fields timestamp", with a timestamp of at most 19 digits.')
  const comma = /(?<!\\),/.exec(head)?.index ?? head.length
  if (unescape(head.slice(0, comma)) !== MEASUREMENT) return malformed(`Unknown measurement. Send ${MEASUREMENT}.`)
  const [tags, pairs] = [comma < head.length ? parsePairs(head.slice(comma + 1)) : [], parsePairs(fields)]
  if ([...tags, ...pairs].includes(undefined)) return malformed('Malformed tag or field. Send name=value.')
  // Agents add tags such as `host`. All tags except `factory` are ignored.
  const [factory, other] = tags.filter((pair) => pair![0] === 'factory').map((pair) => pair![1])
  if (other !== undefined) return malformed('Duplicate tag factory. Send it once.')
  const names = pairs.map((pair) => pair![0])
  const unknown = names.find((name) => !Object.hasOwn(READING_FIELDS, name))
  if (unknown !== undefined) return malformed(`Unknown field ${takeExcerpt(unknown)}. Send ${FIELD_LIST}.`)
  const duplicate = findDuplicate(names)
  if (duplicate !== undefined) return malformed(`Duplicate field ${duplicate}. Send it once.`)
  const time = timestamp === undefined ? Math.floor(now / 1000) : toSeconds(timestamp, unit)
  const wrongUnit = timestamp && describeWrongUnit(Number(timestamp), unit, (likely) => `set precision=${likely}`)
  const figures = pairs.map((pair): [name: string, figure: number] => [pair![0], parseFigure(pair![1])])
  const id = factory !== undefined && /^\d{1,15}$/.test(factory) ? Number(factory) : undefined
  const memberErrors = {
    ...(id === undefined && { factory: factory === undefined ? NO_FACTORY : NO_ID }),
    ...Object.fromEntries(figures.filter(([, figure]) => Number.isNaN(figure)).map(([name]) => [name, NO_FIGURE])),
    ...(wrongUnit && { time: wrongUnit }),
  }
  const record = { ...lineRecord(line, { factory: id, time, ...Object.fromEntries(figures) }), memberErrors }
  const others = tags.map((pair) => pair!.join('=')).filter((pair) => !pair.startsWith('factory='))
  return { record, point: { second: `${id} ${time}`, instant: timestamp, tags: JSON.stringify(others.toSorted()), fields: names } }
}

/**
 * Parses a body of line protocol. Empty lines and comments are skipped.
 * @param now Unix milliseconds, the time of lines without a timestamp
 * @throws Problem `content-too-large` for too many lines, or as soon as there are too many readings
 */
export const parseLineProtocol = (text: string, unit: Unit, now: number): InputRecord[] => {
  refuseManyLines(text)
  const lines: TimedLine[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    if (lines.length === LIMITS.readings) throw tooManyReadings()
    lines.push(readLine(line.trim(), index + 1, unit, now))
  }
  return rejectSameSecond(lines)
}

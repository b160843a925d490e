import { FIELD_NAMES } from '../schemas/reading-fields.ts'
import type { InputRecord } from './record.ts'

/** The record of a line, and the values that decide whether it would merge with another line. */
export interface TimedLine {
  record: InputRecord
  /** Undefined for a malformed line. */
  point?: {
    /** Factory and second as one string. */
    second: string
    /** The timestamp as sent; undefined for a line without one. */
    instant: string | undefined
    /** The tags other than the factory, as one text. */
    tags: string
    fields: string[]
  }
}

type Point = Required<TimedLine>

const NO_TIMESTAMP = 'Send a timestamp with each line, or one line per second.'
const AGGREGATE = 'Add them up and send one line per second, or set precision if the timestamps have another unit.'

/** Adds the field error of a line that would merge with another. An earlier error of its time stays. */
const rejectPoint = ({ record, point }: Point, other: Point): void => {
  const advice = point.instant === undefined ? NO_TIMESTAMP : AGGREGATE
  record.memberErrors = { time: `Same second as line ${other.record.line}. ${advice}`, ...record.memberErrors }
}

/** Rejects all lines of a group with at least two lines. Each error names another line of the group. */
const rejectGroup = (group: Point[]): void => {
  const [first, second] = group
  if (first && second) for (const each of group) rejectPoint(each, each === first ? second : first)
}

/**
 * Rejects different points of one factory in the same second, because the API stores one reading per second. A repeated timestamp with
 * the same tags is the same point, and its last line wins. With other tags it is another point, unless they have different fields. Lines
 * without a timestamp are different points unless they have different fields.
 */
export const rejectSameSecond = (lines: TimedLine[]): InputRecord[] => {
  const points = lines.filter((line): line is Point => line.point !== undefined)
  for (const group of Map.groupBy(points, ({ point }) => point.second).values()) {
    const [first] = group
    const other = group.find(({ point }) => point.instant !== first!.point.instant)
    if (other) for (const each of group) rejectPoint(each, each.point.instant === first!.point.instant ? other : first!)
    else
      for (const field of FIELD_NAMES) {
        const same = group.filter(({ point }) => point.fields.includes(field))
        const isOnePoint = first!.point.instant !== undefined && same.every(({ point }) => point.tags === same[0]!.point.tags)
        if (!isOnePoint) rejectGroup(same)
      }
  }
  return lines.map(({ record }) => record)
}

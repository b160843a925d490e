import type { InputRecord } from './record.ts'

/** An entry of a body of lines, and what decides whether it would merge with another. */
export interface Stamped {
  entry: InputRecord
  /** Undefined for a line that cannot be read. */
  point?: {
    /** Factory and second, as a key. */
    second: string
    /** The timestamp as it was sent, undefined for a line without one. */
    instant: string | undefined
    fields: string[]
  }
}

type Point = Required<Stamped>

const NO_TIMESTAMP = 'Send a timestamp with each, or one line for each second.'
const AGGREGATE = 'Add them up and send one line for each second, or set precision if the timestamps count another unit.'

/** Marks a line as one that would merge with another. A time that is refused already keeps its reason. */
const refuse = ({ entry, point }: Point, other: Point): void => {
  const advice = point.instant === undefined ? NO_TIMESTAMP : AGGREGATE
  entry.wrong ??= { time: `Line ${other.entry.line} lies in the same second. ${advice}` }
}

/** Refuses every line of a group by the first one that is not itself, if there are several. */
const refuseAll = (group: Point[]): void => {
  const [first, second] = group
  if (first && second) for (const each of group) refuse(each, each === first ? second : first)
}

/**
 * Marks the lines that would become one reading although they are several, because the API keeps one reading for each second.
 * A timestamp that is sent again is the same reading, of which the last wins. Lines without a timestamp are several unless they
 * have different fields.
 */
export const rejectSameSecond = (lines: Stamped[]): InputRecord[] => {
  const points = lines.filter((line): line is Point => line.point !== undefined)
  for (const group of Map.groupBy(points, ({ point }) => point.second).values()) {
    const [first] = group
    const other = group.find(({ point }) => point.instant !== first!.point.instant)
    if (other) for (const each of group) refuse(each, each.point.instant === first!.point.instant ? other : first!)
    else if (first!.point.instant === undefined)
      for (const field of ['actual', 'goal']) refuseAll(group.filter(({ point }) => point.fields.includes(field)))
  }
  return lines.map(({ entry }) => entry)
}

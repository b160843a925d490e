import { LIMITS } from '../../schemas/limits.ts'
import { FIELD_NAMES } from '../../schemas/reading-fields.ts'
import type { LineReading, RefusedLine } from './check-lines.ts'

/** The readings of one request. */
export interface Part {
  readings: LineReading[]
  /** The readings as CSV, in the columns of the API. */
  body: string
}

/** Splits readings into the parts that one request may hold. */
export const splitIntoParts = (readings: readonly LineReading[]): Part[] => {
  const [first] = readings
  const members = FIELD_NAMES.filter((name) => first && name in first)
  const head = ['time', ...members].join(',')
  return Array.from({ length: Math.ceil(readings.length / LIMITS.readings) }, (_, n) => {
    const own = readings.slice(n * LIMITS.readings, (n + 1) * LIMITS.readings)
    const lines = own.map((reading) => [reading.time, ...members.map((name) => reading[name] ?? '')].join(','))
    return { readings: own, body: [head, ...lines, ''].join('\n') }
  })
}

/** Hashes bytes as hexadecimal digits. */
export const hash = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

export const hashText = (...parts: string[]): Promise<string> => hash(new Uint8Array(new TextEncoder().encode(parts.join('\n'))))

/**
 * Returns the Idempotency-Key of a part: equal for the same part of the same import, so that the API applies it once. Another import of
 * the same file has other keys, because its readings may have been deleted in the meantime.
 */
export const buildPartKey = (factory: number, importId: string, index: number, { body }: Part): Promise<string> =>
  hashText('import', String(factory), importId, String(index), body)

/** Converts the field errors of a response to refused lines of the file. The first line of a part is its header. */
export const toRefusedLines = (
  errors: readonly { pointer: string; detail: string }[],
  { readings }: Part,
  findColumn: (member: string) => string,
): RefusedLine[] =>
  errors.map(({ pointer, detail }) => {
    const [, line = ''] = /^#line=(\d+)$/.exec(pointer) ?? []
    const [, member, problem = detail] = /^Line \d+(?:, (\w+))?: ([^]*)$/.exec(detail) ?? []
    return {
      line: readings[Number(line) - 2]?.line ?? 0,
      column: member === undefined ? undefined : findColumn(member),
      problem,
    }
  })

import { LIMITS } from '../schemas/limits.ts'
import { invalidContent } from '../http/decode-body.ts'
import { takeExcerpt } from '../http/json-pointer.ts'

/** The names that the API's JSON gives to the figures are understood as well. */
const OTHER_NAMES: Record<string, string> = { sprocket_production_actual: 'actual', sprocket_production_goal: 'goal' }
/** The time in ISO 8601, which the API's own CSV has: it must agree with `time`. */
export const ISO_TIME = 'iso_time'
/** Members of sums. No reading has them. */
const OF_SUMS: ReadonlySet<unknown> = new Set(['readings', 'goal_readings'])

/** True for the name of a member that only sums have. */
export const isOfSums = (name: PropertyKey | undefined): boolean => OF_SUMS.has(name)

/** Why a member or column that no reading has is refused. */
export const describeUnknown = (name: string, what: 'column' | 'member'): string =>
  isOfSums(name)
    ? `The ${what} ${name} belongs to sums of hours or days, and sums are not readings; send what resolution=raw or /export gives.`
    : what === 'column'
      ? `The column ${takeExcerpt(name)} is not known here.`
      : 'This member is not known here.'

/**
 * Returns the members that the columns of a header stand for. Empty names at the end are no columns.
 * @throws Problem `invalid-content` for a column that is missing, unknown or there twice
 */
export const membersOf = (header: string[], known: readonly string[], line: number): string[] => {
  const filled = header.findLastIndex((name) => name.trim() !== '') + 1
  // Among so many columns some are unknown or there twice, so the rest of a longer header is not needed to refuse it.
  const names = header
    .slice(0, Math.min(filled, LIMITS.columns))
    .map((name) => name.trim().toLowerCase())
    .map((name) => OTHER_NAMES[name] ?? name)
  const required = filled > LIMITS.columns ? [] : known.slice(0, -2)
  const fault = (detail: string) => ({ pointer: `#line=${line}`, detail: `Line ${line}: ${detail}` })
  const faults = [
    ...required.flatMap((name) => (names.includes(name) ? [] : [fault(`There is no column ${name}.`)])),
    ...names.flatMap((name, at) => {
      if (name === '') return [fault(`Column ${at + 1} has no name.`)]
      if (!known.includes(name) && name !== ISO_TIME) return [fault(describeUnknown(name, 'column'))]
      return names.indexOf(name) === at ? [] : [fault(`The column ${name} is there twice.`)]
    }),
  ]
  if (faults.length) throw invalidContent(faults)
  return names
}

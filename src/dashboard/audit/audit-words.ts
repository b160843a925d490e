import type { Reads } from '../../client/operations.ts'

export type Entry = Reads['/api/audit-log']['entries'][number]

/** The subjects of entries, in the words of the page. */
export const SUBJECTS: Record<Entry['subject'], string> = {
  factory: 'factory',
  schedule: 'schedule',
  readings: 'readings',
  'stop-reasons': 'stop reasons',
  'stop-annotation': 'stop annotation',
  sprocket: 'sprocket',
  key: 'key',
  organisation: 'organisation',
}

/** A member that differs between two states, as JSON; undefined in the state that does not have it. */
export interface MemberChange {
  path: string
  before: string | undefined
  after: string | undefined
}

/** Returns the innermost members of a JSON value with their paths, such as `versions.0.valid_from`. */
const listMembers = (value: unknown, path: string): [path: string, json: string][] => {
  const isContainer = typeof value === 'object' && value !== null && Object.keys(value).length > 0
  if (!isContainer) return [[path, JSON.stringify(value)]]
  return Object.entries(value).flatMap(([name, member]) => listMembers(member, path === '' ? name : `${path}.${name}`))
}

/** Returns the members that differ between the states before and after a change. A state that does not exist has no members. */
export const findChanges = ({ before, after }: Pick<Entry, 'before' | 'after'>): MemberChange[] => {
  const [old, current] = [before, after].map((state) => new Map(state === null ? [] : listMembers(state, '')))
  return [...new Set([...old!.keys(), ...current!.keys()])]
    .map((path) => ({ path, before: old!.get(path), after: current!.get(path) }))
    .filter((change) => change.before !== change.after)
}

/** Returns the address of the page of the factory that an entry concerns; undefined if it concerns none. */
export const findFactoryAddress = ({ target }: Pick<Entry, 'target'>): string | undefined => {
  const [, id] = /^\/api\/factory\/(\d+)(?:\/|$)/.exec(target) ?? []
  return id === undefined ? undefined : `/factory/${id}`
}

/** Returns a text that identifies an entry. */
export const identify = ({ request_id, at, target, verb }: Entry): string => [request_id, at, target, verb].join(' ')

import type { Reads } from '../../client/operations.ts'
import { texts as adminTexts } from '../texts/admin.ts'

const texts = adminTexts.audit

export type Entry = Reads['/api/audit-log']['entries'][number]

/** Describes the change of an entry, such as "schedule replaced". Verbs of a later release are in the words of the API. */
export const describeChange = ({ subject, verb }: Pick<Entry, 'subject' | 'verb'>): string => {
  const verbs: Partial<Record<string, string>> = texts.verbs
  return `${texts.subjects[subject]} ${verbs[verb] ?? verb}`
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

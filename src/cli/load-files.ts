import { sql } from 'drizzle-orm'
import type { Actor } from '../commands/mutation.ts'
import { createOrganisation } from '../commands/organisations.ts'
import type { Database } from './database.ts'
import { CliError } from './cli-error.ts'
import { deletedIn, partsOf } from './load-batches.ts'
import type { Present } from './load-batches.ts'
import type { SeedFile } from './read-file.ts'

/** What a load did to the database. */
export interface Loaded {
  factories: number
  sprockets: number
  /** Factories and sprocket types whose name, zone or measures became others. */
  updated: number
  /** Readings added or changed. */
  readings: number
}

/** How often a load begins anew that others disturb. */
const TRIES = 3

/** Somebody changed the same organisation between two parts. */
const isDisturbed = (error: unknown) => error instanceof CliError && error.message.includes('malformed JSON')

/** What the organisation has. Where there is none of this slug it is made. */
const presentOf = async (database: Database, slug: string, now: number): Promise<Present> => {
  const alive = sql`slug = ${slug} and deleted_at is null`
  const [row] = await database.ask<Omit<Present, 'factories' | 'sprockets'> & { factories: string; sprockets: string }>(
    'Reading what is there',
    [
      ...createOrganisation(slug, slug, now, { requestId: `load-${crypto.randomUUID()}`, userAgent: 'npm run load' }),
      sql`select number as organisation, next_factory_id as nextFactory, next_sprocket_id as nextSprocket,
        (select coalesce(max(seq), 0) from changes) as seq,
        (select json_group_array(id) from factories where organisation = organisations.number) as factories,
        (select json_group_array(id) from sprockets where organisation = organisations.number) as sprockets
        from organisations where ${alive}`,
    ],
  )
  const idsOf = (json: string) => new Set(JSON.parse(json) as number[])
  return { ...row!, factories: idsOf(row!.factories), sprockets: idsOf(row!.sprockets) }
}

const effectOf = async (database: Database, { organisation, requestId }: Actor, { seq }: Present): Promise<Loaded> => {
  const [row] = await database.ask<Loaded>('Reading what was done', [
    sql`select coalesce(sum(subject = 'factory' and verb = 'created'), 0) as factories,
      coalesce(sum(subject = 'sprocket' and verb = 'created'), 0) as sprockets, coalesce(sum(verb = 'updated'), 0) as updated,
      coalesce(sum(coalesce(detail ->> 'changed', detail ->> 'readings')), 0) as readings
      from changes where organisation = ${organisation} and seq > ${seq} and request_id = ${requestId}`,
  ])
  return row!
}

/**
 * Brings the content of files into an organisation, as if it had come through the API: logged, and marked for cron to publish.
 * What is there already changes nothing and is not logged, so a load that broke off is simply repeated.
 * @param tell is given lines on how far it is
 */
export const load = async (
  database: Database,
  files: SeedFile[],
  { organisation: slug, tell }: { organisation: string; tell: (line: string) => void },
): Promise<Loaded> => {
  const first = await presentOf(database, slug, Date.now())
  const { organisation } = first
  const author = { organisation, key: null, requestId: `load-${crypto.randomUUID()}`, userAgent: 'npm run load', country: null }
  const total = files
    .flatMap((file) => (file.kind === 'factories' ? file.factories : []))
    .reduce((sum, { readings }) => sum + readings.length, 0)
  for (const file of files) {
    const deleted = deletedIn(first, file)
    if (deleted.length) tell(`${file.file}: left out, for it was deleted and its id is not given again: ${deleted.join(', ')}.`)
  }
  let present = first
  for (let left = TRIES; ; left--) {
    try {
      for (const { statements, readings } of partsOf(author, present, files, Date.now())) {
        await database.run('Loading', statements)
        if (readings < total) tell(`${readings.toLocaleString('en')} of ${total.toLocaleString('en')} readings are in.`)
      }
      return await effectOf(database, author, first)
    } catch (error) {
      if (!isDisturbed(error)) throw error
      if (left === 1) throw new CliError('Others keep adding or removing factories or sprockets; load again when they have done.')
      present = await presentOf(database, slug, Date.now())
    }
  }
}

const counted = (count: number, one: string, many = `${one}s`) =>
  count === 0 ? [] : [`${count.toLocaleString('en')} ${count === 1 ? one : many}`]

/** What a load did, in a sentence or two. */
export const describe = ({ factories, sprockets, updated, readings }: Loaded): string => {
  const made = [...counted(factories, 'factory', 'factories'), ...counted(sprockets, 'sprocket type')]
  const done = [
    ...(made.length ? [`${made.join(' and ')} created`] : []),
    ...counted(updated, 'entry updated', 'entries updated'),
    ...counted(readings, 'reading added or changed', 'readings added or changed'),
  ]
  return done.length ? `Loaded: ${done.join(', ')}.` : 'Nothing differs from what is there; nothing was written.'
}

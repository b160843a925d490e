import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BACKLOG_MUTANTS } from './mutants-backlog.ts'
import { READINGS_MUTANTS } from './mutants-readings.ts'
import { PLATFORM_MUTANTS } from './mutants-platform.ts'
import type { Mode } from './scenario.ts'
import { PAYLOAD_VERSION } from '../../src/documents/path.ts'
import type { Releases } from './worker.ts'

/** A known mistake, as edits of source files. */
export interface Mutant {
  name: string
  edits: [file: string, from: string, to: string][]
  /** The modes that find it, if the others do not or take long. */
  modes?: Mode[]
  /** The first seed that is tried, if those from 1 on take long: one that has found it. */
  seed?: number
}

/** Typical mistakes of such caches. The simulation must find each of them; otherwise its result means nothing. */
const PROTOCOL_MUTANTS: Mutant[] = [
  {
    name: 'no claim: every commit that invalidates also puts',
    seed: 65,
    edits: [
      [
        'cache/directory.ts',
        'case when ${cache_entries.claimed_until} <= ${now} then ${publisherId} else ${cache_entries.claimed_by} end',
        '${publisherId}',
      ],
      [
        'cache/directory.ts',
        'case when ${cache_entries.claimed_until} <= ${now} then ${until} else ${cache_entries.claimed_until} end',
        '${until}',
      ],
      ['cache/directory.ts', ' and ${cache_entries.claimed_by} = ${publisherId}`', '`'],
      ['cache/directory.ts', '.where(sql`claimed_by = ${publisherId} and (path', '.where(sql`(path'],
    ],
  },
  {
    name: 'a claim shorter than a put',
    seed: 117,
    edits: [
      ['cache/directory.ts', 'CLAIM_MS = 60_000', 'CLAIM_MS = 300'],
      ['cache/publish.ts', 'CLAIM_MS / 2', '30_000'],
    ],
  },
  {
    name: 'a claim that is released while a put is unknown',
    seed: 45,
    edits: [
      [
        'cache/publish.ts',
        "...(outcome !== 'unknown' && { result: { ...common, status: outcome === 'done' ? 'stored' : 'rejected', etag: payload.etag } }),",
        "result: { ...common, status: outcome === 'done' ? 'stored' : 'rejected', etag: payload.etag },",
      ],
    ],
  },
  {
    name: 'invalidation after the commit instead of in its batch',
    edits: [
      ['commands/run-batch.ts', '    invalidation,\n', ''],
      [
        'commands/run-batch.ts',
        'const claims = results.pop() as { claim: unknown }[]',
        'const [claims] = await openSession(isolate, "first-primary").batch([invalidation])',
      ],
    ],
  },
  {
    name: 'a miss that puts the bytes of the response',
    edits: [
      [
        'cache/read.ts',
        'if (!lookup.failed) offer()\n  return { ...payload',
        `if (!lookup.failed) isolate.request.waitUntil(offerLease(isolate, path, isAnonymous).then(() => isolate.kv.put(kvKey(path, cacheVersion(isolate)), payload.body, {
        metadata: { version: cacheVersion(isolate), path, seq: 0, bookmark: EARLIEST_BOOKMARK, etag: payload.etag, leasedUntil: isolate.clock.now() + isolate.config.leaseMs },
        expiration: Math.ceil((isolate.clock.now() + isolate.config.leaseMs) / 1000) + 60 })).catch(() => {}))\n  return { ...payload`,
      ],
      ['cache/read.ts', '{ buildPath } from', '{ kvKey, buildPath } from'],
    ],
  },
  {
    // With the metadata of the same replica it is harmless: that is as old as the bytes, and the confirm finds the invalidation.
    name: 'rendering from a replica with the metadata of the primary',
    edits: [
      [
        'cache/render-claims.ts',
        'const rendered = await renderDocuments(session, keys, organisationPks)',
        "const { seqs } = await renderDocuments(session, [], organisationPks)\n      const rendered = { ...(await renderDocuments(openSession(isolate, 'first-unconstrained'), keys, organisationPks)), seqs }",
      ],
    ],
  },
  {
    name: 'no confirm: an entry that is current although a commit came in between',
    edits: [
      ['cache/directory.ts', '(${isConfirmed} and ${cache_entries.stale_seq} <= ${seq})', '(${isConfirmed})'],
      [
        'cache/directory.ts',
        'then ${seq} else ${cache_entries.published_seq} end',
        'then ${cache_entries.stale_seq} else ${cache_entries.published_seq} end',
      ],
    ],
  },
  {
    name: "a reader's bookmark that validates an entry for older bookmarks",
    seed: 290,
    edits: [['cache/read.ts', 'validated.bookmark === bookmark', 'validated.bookmark >= bookmark']],
  },
  {
    name: 'an isolate that does not remember its commits',
    edits: [['cache/recent-commits.ts', 'setBounded(byRange, below, commit, MAX_RANGES)', 'continue']],
  },
  {
    name: "a reader's bookmark as entry metadata",
    seed: 56,
    edits: [
      [
        'cache/render-claims.ts',
        'bookmark: session.bookmark() }',
        'bookmark: (globalThis as { forged?: string }).forged ?? session.bookmark() }',
      ],
      [
        'cache/read.ts',
        'const commits = requiredCommits(isolate, path)\n  const offer',
        ';(globalThis as { forged?: string | undefined }).forged = bookmark\n  const commits = requiredCommits(isolate, path)\n  const offer',
      ],
    ],
  },
  {
    name: 'publishing outside waitUntil',
    edits: [['commands/commit.ts', 'waitUntil(publishing', 'void (publishing']],
  },
  {
    name: 'memory that ignores bookmarks',
    seed: 79,
    edits: [
      ['cache/read.ts', 'if (required === undefined || wasValidatedAsOf(isolate, stored.metadata, required))', 'if (required !== null)'],
    ],
  },
  {
    name: 'entries of another release that are not invalidated',
    seed: 42,
    edits: [
      [
        'cache/invalidate.ts',
        "import type { PathRange } from '../documents/path.ts'",
        "import { PAYLOAD_VERSION } from '../documents/path.ts'\nimport type { PathRange } from '../documents/path.ts'",
      ],
      ['cache/invalidate.ts', 'as entry on entry.path >=', 'as entry on entry.version = ${PAYLOAD_VERSION} and entry.path >='],
    ],
  },
  {
    name: 'an Idempotency-Key that the batch does not record',
    edits: [['commands/run-batch.ts', '...(record ? insertRecord(session.db, record, commitId, now) : []),', '']],
  },
  {
    name: 'a batch that can be applied twice',
    edits: [['commands/run-batch.ts', 'not ${isLogged(commitId)} and ', '']],
  },
  {
    name: 'a payload with the sequence number of another organisation',
    edits: [['cache/assemble.ts', 'seq: latestSeq(sql`value`)', 'seq: sql<number>`(select coalesce(max(commit_seq), 0) from audit_log)`']],
  },
  {
    name: 'an audit log whose newest entry is deleted, so that its sequence number is used again',
    edits: [
      ['jobs/trim-audit-log.ts', 'APPENDED_MS = 7 * 86_400_000', 'APPENDED_MS = 0'],
      ['jobs/trim-audit-log.ts', 'CHECK_INTERVAL_MS = 3_600_000', 'CHECK_INTERVAL_MS = 0'],
      ['jobs/trim-audit-log.ts', 'and commit_seq < ${end} and', 'and commit_seq <= ${end} and'],
    ],
    modes: ['faults'],
  },
  {
    name: 'a watermark instead of invalidation',
    edits: [
      [
        'cache/backlog.ts',
        'where stale_since <= ${staleBefore} and claimed_until <= ${now} and leased',
        'where stale_since <= ${staleBefore} and stale_seq > (select max(published_seq) from cache_entries) and claimed_until <= ${now} and leased',
      ],
    ],
  },
]

export const MUTANTS = [...PROTOCOL_MUTANTS, ...BACKLOG_MUTANTS, ...READINGS_MUTANTS, ...PLATFORM_MUTANTS]

/** Directory of the mutated sources: inside the project, so that they find its packages, and ignored by git. */
const MUTANTS_DIRECTORY = join(import.meta.dirname, '../../.wrangler/mutants')
const SOURCE = join(import.meta.dirname, '../../src')

/**
 * Writes the source with edits, and returns its directory.
 * @throws Error if the source does not contain the text of an edit
 */
const writeSource = (name: string, edits: Mutant['edits']): string => {
  const target = join(MUTANTS_DIRECTORY, name)
  rmSync(target, { recursive: true, force: true })
  cpSync(SOURCE, join(target, 'src'), { recursive: true })
  for (const file of ['package.json', 'drizzle/meta/_journal.json']) cpSync(join(SOURCE, '..', file), join(target, file))
  for (const [file, from, to] of edits) {
    const path = join(target, 'src', file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`${file} does not contain the text of the edit: ${from}`)
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
  }
  return join(target, 'src')
}

/** The edit that makes the next release, which has another payload version. */
const NEXT_RELEASE: Mutant['edits'] = [
  ['documents/path.ts', `PAYLOAD_VERSION = ${PAYLOAD_VERSION}`, `PAYLOAD_VERSION = ${PAYLOAD_VERSION + 1}`],
]

/** Returns the source without a mutation, and its next release. */
export const withoutMutation = (): Releases => ({ release: SOURCE, next: writeSource('next', NEXT_RELEASE) })

/** Writes a mutant and its next release into directories of this name, and returns both. */
export const writeMutant = ({ edits }: Mutant, name: string): Releases => ({
  release: writeSource(name, edits),
  next: writeSource(`${name}-next`, [...edits, ...NEXT_RELEASE]),
})

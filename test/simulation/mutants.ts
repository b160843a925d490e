import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PLANTS_BEHIND } from './mutants-behind.ts'
import type { Mode } from './scenario.ts'
import { PAYLOAD_VERSION } from '../../src/documents/path.ts'
import type { Releases } from './worker.ts'

/** A known mistake: what to change where. */
export interface Mutant {
  name: string
  edits: [file: string, from: string, to: string][]
  /** The modes that show it, where the usual ones do not or take long. */
  modes?: Mode[]
}

/** The mistakes that caches of this kind are made with. Each must be caught; a proof that lets one pass proves nothing. */
const MISTAKES: Mutant[] = [
  {
    name: 'no claim: everyone who marks puts',
    edits: [
      ['cache/directory.ts', 'case when ${copies.claimed_until} <= ${now} then ${holder} else ${copies.claimed_by} end', '${holder}'],
      ['cache/directory.ts', 'case when ${copies.claimed_until} <= ${now} then ${until} else ${copies.claimed_until} end', '${until}'],
      ['cache/directory.ts', ' and ${copies.claimed_by} = ${holder}`', '`'],
      ['cache/directory.ts', '.where(sql`claimed_by = ${holder} and (path', '.where(sql`(path'],
    ],
  },
  {
    name: 'a claim shorter than a put',
    edits: [
      ['cache/directory.ts', 'CLAIM_MS = 60_000', 'CLAIM_MS = 300'],
      ['cache/publish.ts', 'CLAIM_MS / 2', '30_000'],
    ],
  },
  {
    name: 'a claim released in doubt',
    edits: [
      [
        'cache/publish.ts',
        "...(outcome !== 'unknown' && { result: { ...common, status: outcome === 'done' ? 'stored' : 'rejected', etag: now.etag } }),",
        "result: { ...common, status: outcome === 'done' ? 'stored' : 'rejected', etag: now.etag },",
      ],
    ],
  },
  {
    name: 'the mark after the commit instead of in it',
    edits: [
      ['commands/commit.ts', '    invalidation,\n', ''],
      [
        'commands/commit.ts',
        'const [claims, [entry], [row]] = results.slice(-3)',
        'const [claims] = await openSession(isolate, "first-primary").batch([invalidation])\n  const [, [entry], [row]] = results.slice(-3)',
      ],
    ],
  },
  {
    name: 'served bytes put on a miss',
    edits: [
      [
        'cache/read.ts',
        'if (!found.failed) offer()\n  return { ...fresh',
        `if (!found.failed) waitUntil(offerLease(isolate, path, isAnonymous).then(() => isolate.kv.put(kvKey(path, cacheVersion(isolate)), fresh.body, {
        metadata: { version: cacheVersion(isolate), path, seq: 0, bookmark: EARLIEST_BOOKMARK, etag: fresh.etag, leasedUntil: isolate.clock.now() + isolate.config.leaseMs },
        expiration: Math.ceil((isolate.clock.now() + isolate.config.leaseMs) / 1000) + 60 })).catch(() => {}))\n  return { ...fresh`,
      ],
      ['cache/read.ts', '{ buildPath, cacheVersion }', '{ kvKey, buildPath, cacheVersion }'],
    ],
  },
  {
    // With its label from the same replica it is harmless: the label is as old as the bytes, and the confirm finds the mark.
    name: 'assembling from a replica, under the label of the primary',
    edits: [
      [
        'cache/publish.ts',
        'const assembled = await renderDocuments(session, kept)',
        "const { seq } = await renderDocuments(session, [])\n      const assembled = { ...(await renderDocuments(openSession(isolate, 'first-unconstrained'), kept)), seq }",
      ],
    ],
  },
  {
    name: 'no confirm: clean whatever came between',
    edits: [
      ['cache/directory.ts', '(${done} and ${copies.stale_seq} <= ${seq})', '(${done})'],
      ['cache/directory.ts', 'then ${seq} else ${copies.published_seq} end', 'then ${copies.stale_seq} else ${copies.published_seq} end'],
    ],
  },
  {
    name: "a reader's bookmark vouches for older ones",
    edits: [['cache/read.ts', 'known.bookmark === bookmark', 'known.bookmark >= bookmark']],
  },
  {
    name: "a reader's bookmark as label",
    edits: [
      [
        'cache/publish.ts',
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
    name: 'work that is not in waitUntil',
    edits: [['commands/commit.ts', 'waitUntil(publishing', 'void (publishing']],
  },
  {
    name: 'memory that minds no bookmark',
    edits: [['cache/read.ts', 'if (least === undefined || wasValidatedAsOf(isolate, kept.metadata, least))', 'if (least !== null)']],
  },
  {
    name: 'copies of another release left as they are',
    edits: [
      [
        'cache/invalidate.ts',
        "import type { PathRange } from '../documents/path.ts'",
        "import { PAYLOAD_VERSION } from '../documents/path.ts'\nimport type { PathRange } from '../documents/path.ts'",
      ],
      ['cache/invalidate.ts', 'as held on held.path >=', 'as held on held.version = ${PAYLOAD_VERSION} and held.path >='],
    ],
  },
  {
    name: 'an Idempotency-Key that is not noted in the batch',
    edits: [['commands/commit.ts', '...(record ? insertRecord(session.db, record, commitId, now) : []),', '']],
  },
  {
    name: 'a batch that may land twice',
    edits: [['commands/commit.ts', 'not ${isLogged(commitId)} and ', '']],
  },
  {
    name: 'a watermark instead of marks',
    edits: [
      [
        'cache/backlog.ts',
        'where stale_since <= ${before} and claimed_until <= ${now} and leased',
        'where stale_since <= ${before} and stale_seq > (select max(published_seq) from copies) and claimed_until <= ${now} and leased',
      ],
    ],
  },
]

export const PLANTS = [...MISTAKES, ...PLANTS_BEHIND]

/** Where planted copies stand: inside the project, so that they find its packages, and out of git's sight. */
const GROUND = join(import.meta.dirname, '../../.wrangler/planted')
const SOURCE = join(import.meta.dirname, '../../src')

/** Copies the source with changes. A change that finds no place is no test: it throws. */
const copyWith = (name: string, edits: Mutant['edits']): string => {
  const target = join(GROUND, name)
  rmSync(target, { recursive: true, force: true })
  cpSync(SOURCE, join(target, 'src'), { recursive: true })
  for (const beside of ['package.json', 'drizzle/meta/_journal.json']) cpSync(join(SOURCE, '..', beside), join(target, beside))
  for (const [file, from, to] of edits) {
    const path = join(target, 'src', file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(from)) throw new Error(`nothing to plant in ${file}: ${from}`)
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
  }
  return join(target, 'src')
}

/** The same with payloads of another version: a release that comes and is taken back. */
const NEXT: Mutant['edits'] = [['documents/path.ts', `PAYLOAD_VERSION = ${PAYLOAD_VERSION}`, `PAYLOAD_VERSION = ${PAYLOAD_VERSION + 1}`]]

/** The source as it is, and a next release of it. */
export const plantNothing = (): Releases => ({ release: SOURCE, next: copyWith('next', NEXT) })

/** The source with a mistake in it, and a next release with the same. */
export const plant = ({ edits }: Mutant, index: number): Releases => ({
  release: copyWith(`${index}`, edits),
  next: copyWith(`${index}-next`, [...edits, ...NEXT]),
})

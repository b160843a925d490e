import type { Mutant } from './mutants.ts'

/** Mistakes that cost too much, or leave something behind, but show no reader anything wrong. */
export const PLATFORM_MUTANTS: Mutant[] = [
  {
    name: 'a put of bytes that KV has already',
    edits: [['cache/publish.ts', 'if (payload.etag === claim.etag) return', 'if (payload.etag === null) return']],
    modes: ['no-faults'],
  },
  {
    name: 'a fast path that renews no lease',
    edits: [
      ['cache/read.ts', 'metadata.leasedUntil >= renewalThreshold(isolate) &&\n  requiredBookmark', 'requiredBookmark'],
      ['cache/read.ts', 'if (leasedUntil < renewalThreshold(isolate)) offer()', ''],
    ],
    modes: ['platform'],
  },
  {
    name: 'a reconcile that compares no entity tag',
    edits: [['jobs/cache-upkeep.ts', 'listed.get(key)?.etag !== etag', '!listed.has(key)']],
    modes: ['restored'],
  },
  {
    name: 'rows that outlive their lease',
    edits: [['cache/backlog.ts', 'leased_until <= ${now - 2 * PURGE_MS}', 'leased_until <= ${now - 60 * PURGE_MS}']],
    modes: ['platform'],
  },
  {
    name: 'a failed query that keeps its place',
    edits: [
      ['db/pending-queries.ts', 'work().finally(() => pending.delete(query))', 'work().then((value) => (pending.delete(query), value))'],
    ],
    modes: ['faults'],
  },
  {
    name: 'a rendering that later readers wait for without end',
    edits: [['cache/single-flight.ts', 'render().finally(() => forget(work))', 'render()']],
    modes: ['no-faults'],
  },
]

import type * as App from '../../src/app.ts'
import type * as Assemble from '../../src/cache/assemble.ts'
import type * as Documents from '../../src/documents/registry.ts'
import type * as Paths from '../../src/documents/path.ts'
import type * as Clock from '../../src/runtime/clock.ts'
import type * as CacheEpoch from '../../src/commands/bump-cache-epoch.ts'
import type * as Cron from '../../src/jobs/cron.ts'
import type * as Isolate from '../../src/runtime/isolate.ts'
import type * as PendingQueries from '../../src/db/pending-queries.ts'
import type * as SingleFlight from '../../src/cache/single-flight.ts'

/** The modules of one release: the source of the project, or a mutant of it. */
export interface Code {
  app: typeof App
  assemble: typeof Assemble
  clock: typeof Clock
  cron: typeof Cron
  documents: typeof Documents
  cacheEpoch: typeof CacheEpoch
  isolate: typeof Isolate
  paths: typeof Paths
  pendingQueries: typeof PendingQueries
  singleFlight: typeof SingleFlight
}

/** Loads the modules from a source directory. */
export const loadCode = async (directory: string): Promise<Code> => {
  const load = (path: string) => import(`${directory}/${path}`) as Promise<never>
  // Modules that the app imports on demand are loaded first, because reading a file takes real time, which the timeline does not know.
  await load('schemas/all.ts')
  const [app, assemble, clock, cron, documents, cacheEpoch, isolate, paths, pendingQueries, singleFlight] = await Promise.all(
    [
      'app.ts',
      'cache/assemble.ts',
      'runtime/clock.ts',
      'jobs/cron.ts',
      'documents/registry.ts',
      'commands/bump-cache-epoch.ts',
      'runtime/isolate.ts',
      'documents/path.ts',
      'db/pending-queries.ts',
      'cache/single-flight.ts',
    ].map(load),
  )
  return {
    app: app!,
    assemble: assemble!,
    clock: clock!,
    cron: cron!,
    documents: documents!,
    cacheEpoch: cacheEpoch!,
    isolate: isolate!,
    paths: paths!,
    pendingQueries: pendingQueries!,
    singleFlight: singleFlight!,
  }
}

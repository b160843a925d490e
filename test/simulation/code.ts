import type * as App from '../../src/app.ts'
import type * as Assemble from '../../src/cache/assemble.ts'
import type * as Documents from '../../src/documents/registry.ts'
import type * as Paths from '../../src/documents/path.ts'
import type * as Clock from '../../src/runtime/clock.ts'
import type * as Forget from '../../src/commands/bump-cache-epoch.ts'
import type * as Cron from '../../src/jobs/cron.ts'
import type * as Isolate from '../../src/runtime/isolate.ts'

/** The code under proof: the project's own, or a copy of it with a mistake planted. */
export interface Code {
  app: typeof App
  assemble: typeof Assemble
  clock: typeof Clock
  cron: typeof Cron
  documents: typeof Documents
  forget: typeof Forget
  isolate: typeof Isolate
  paths: typeof Paths
}

/** Loads the code that is in a directory. */
export const loadCode = async (directory: string): Promise<Code> => {
  const load = (path: string) => import(`${directory}/${path}`) as Promise<never>
  // What the app loads once it needs it is loaded before: files are read in a time that no clock of a proof knows.
  await load('schemas/all.ts')
  const [app, assemble, clock, cron, documents, forget, isolate, paths] = await Promise.all(
    [
      'app.ts',
      'cache/assemble.ts',
      'runtime/clock.ts',
      'jobs/cron.ts',
      'documents/registry.ts',
      'commands/bump-cache-epoch.ts',
      'runtime/isolate.ts',
      'documents/path.ts',
    ].map(load),
  )
  return {
    app: app!,
    assemble: assemble!,
    clock: clock!,
    cron: cron!,
    documents: documents!,
    forget: forget!,
    isolate: isolate!,
    paths: paths!,
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, npmStart } from '../e2e/npm-start.ts'
import { addLargeFactories } from './large-fixture.ts'

/** Starts the Worker in a temporary directory with the seed data and this many more factories. */
export const serve = async (factories = 0) => {
  const state = await mkdtemp(join(tmpdir(), 'browser-'))
  if (factories > 0) await addLargeFactories(state, factories)
  const started = await npmStart(await freePort(), state)
  return {
    base: started.base,
    key: started.key,
    async stop() {
      await started.stop()
      await rm(state, { recursive: true, force: true })
    },
  }
}
export type Server = Awaited<ReturnType<typeof serve>>

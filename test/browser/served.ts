import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, npmStart } from '../e2e/npm-start.ts'
import { layPlants } from './large-fixture.ts'

/** The Worker, in a directory of its own that goes with it; it has the seed data, and as many factories more as are asked for. */
export const serve = async (plants = 0) => {
  const state = await mkdtemp(join(tmpdir(), 'browser-'))
  if (plants > 0) await layPlants(state, plants)
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

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, npmStart } from '../e2e/newcomer.ts'

/** The Worker with the seed data, in a directory of its own that goes with it. */
export const serveSeed = async () => {
  const state = await mkdtemp(join(tmpdir(), 'browser-'))
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
export type Server = Awaited<ReturnType<typeof serveSeed>>

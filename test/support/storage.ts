import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

/** Deletes all data of D1 and KV. Both are used first, because `reset` leaves out storage that was idle for ten seconds. */
export const resetStorage = async (): Promise<void> => {
  await Promise.all([env.DB.prepare('select 1').run(), env.CACHE.get('none')])
  await reset()
}

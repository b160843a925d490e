import type { Isolate } from '../runtime/isolate.ts'
import { commit } from '../commands/commit.ts'
import type { Actor, Mutation } from '../commands/mutation.ts'

/** Commits a mutation as cron: the audit log shows no key, and `cron` as request id. Waits until the puts have ended. */
export const commitAsCron = async (
  isolate: Isolate,
  organisationPk: number,
  buildMutation: (actor: Actor) => Mutation<unknown>,
): Promise<void> => {
  const actor: Actor = { organisationPk, key: null, requestId: 'cron', userAgent: null, country: null }
  const puts: Promise<unknown>[] = []
  await commit(isolate, (work) => puts.push(work), actor, buildMutation(actor))
  await Promise.all(puts)
}

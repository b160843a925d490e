import type { Isolate } from '../runtime/isolate.ts'
import { logError } from '../runtime/log.ts'
import { isUnavailable, openSession } from '../db/client.ts'
import { withRetries } from '../db/retry.ts'
import { parseOrganisation } from '../documents/path.ts'
import { findDocument } from '../documents/registry.ts'
import { cacheVersion } from './epoch.ts'
import { renderDocuments } from './assemble.ts'
import type { Payload } from './assemble.ts'
import type { Claim } from './directory.ts'

/** A claimed entry with its current payload; null if the resource no longer exists, or this release does not have the document. */
export interface FreshEntry {
  claim: Claim
  payload: Payload | null
  seq: number
  bookmark: string
}

/** Renders the claims in one batch on the primary. If that fails, renders each separately, so that one error stops no other entry. */
export const renderClaims = async (isolate: Isolate, claims: Claim[]): Promise<FreshEntry[]> => {
  const found = claims.map((claim) => ({ claim, key: claim.version === cacheVersion(isolate) ? findDocument(claim.path) : undefined }))
  const keys = found.flatMap(({ key }) => key ?? [])
  const organisationPks = claims.map(({ path }) => parseOrganisation(path))
  try {
    const { seqs, payloads, bookmark } = await withRetries(isolate, async () => {
      const session = openSession(isolate, 'first-primary')
      const rendered = await renderDocuments(session, keys, organisationPks)
      return { ...rendered, bookmark: session.bookmark() }
    })
    let index = 0
    return found.map(({ claim, key }) => ({
      claim,
      seq: seqs.get(parseOrganisation(claim.path))!,
      bookmark,
      payload: key ? payloads[index++]! : null,
    }))
  } catch (error) {
    if (claims.length === 1 || isUnavailable(error)) throw error
    const separate = await Promise.allSettled(claims.map((claim) => renderClaims(isolate, [claim])))
    if (separate.every(({ status }) => status === 'rejected')) throw error
    return separate.flatMap((result, index) => {
      if (result.status === 'fulfilled') return result.value
      logError(isolate, `not rendered: ${claims[index]!.path}:`, result.reason)
      return []
    })
  }
}

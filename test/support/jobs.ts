import { env } from 'cloudflare:workers'
import { PAYLOAD_VERSION } from '../../src/documents/path.ts'

/** Gives the jobs of cron something to do in organisation 1, after the tour. The purge also needs a deleted organisation. */
export const prepareJobs = async (): Promise<void> => {
  // No row of the cache directory knows this entry.
  await env.CACHE.put(`${PAYLOAD_VERSION}/1/api/factory/8888`, '{}')
  await env.DB.batch([
    env.DB.prepare(`update time_zone_offsets set renew = -1 where time_zone = 'UTC'`),
    env.DB.prepare(`update audit_log set at = 0 where organisation_pk = 1 and commit_seq < 10`),
    env.DB.prepare(`insert into old_audit_log (at, organisation_pk, subject, verb, target, request_id, commit_id)
      values (0, 1, 'readings', 'appended', '/api/factory/1/chart-data', 'x', 'expired'), (?, 1, 'organisation', 'updated', '/api/organisation', 'x', 'kept')`).bind(
      Date.now(),
    ),
    env.DB.prepare(`update idempotency_records set at = 0`),
    env.DB.prepare(`update cache_entries set published_seq = -1 where path = '1/api/factory/1'`),
  ])
}

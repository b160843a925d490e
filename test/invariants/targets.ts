import { env } from 'cloudflare:workers'
import { REASON } from '../support/annotations.ts'
import type { Harness } from '../support/harness.ts'

/** Every table except those that reads write too: the cache directory and the heartbeat. */
export const STORED = [
  'organisations',
  'api_keys',
  'factories',
  'series',
  'chunks',
  'daily_sums',
  'sprockets',
  'stop_annotations',
  'audit_log',
] as const

const idOf = async (response: Response): Promise<string> => response.headers.get('Location')!.split('/').at(-1)!

/** Creates a resource of the kind that a path names, by its prefix, and returns its id. */
const CREATORS: Record<string, (harness: Harness) => Promise<string>> = {
  '/api/factory/': async ({ engineer }) =>
    idOf(await engineer.post('/api/factories', { chart_data: { time: [60], sprocket_production_actual: [1] } })),
  '/api/key/': async ({ admin }) => idOf(await admin.post('/api/keys', { name: 'target', role: 'viewer' })),
  '/api/stop-annotation/': async ({ engineer, operator }) => {
    await engineer.put('/api/stop-reasons', { reasons: [REASON] })
    const factory = (await engineer.post('/api/factories', {})).headers.get('Location')!
    return idOf(await operator.post(`${factory}/stop-annotations`, { from: 60, to: 120, reason: REASON.code }))
  },
  '/api/sprocket/': async ({ engineer }) =>
    idOf(await engineer.post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })),
}

/** Deletes the factories that earlier tests have created, because one request adds up the stops of few factories. */
export const deleteTargets = async (): Promise<void> => {
  await env.DB.batch([
    env.DB.prepare('delete from factories where organisation_pk = 1 and id > 2'),
    env.DB.prepare('update organisations set factory_count = 3 where pk = 1'),
  ])
}

/** Returns the path of a new resource that a test may destroy. */
export const targetOf = async (harness: Harness, template: string): Promise<string> => {
  if (!template.includes('{id}')) return template
  const kind = Object.keys(CREATORS).find((begin) => template.startsWith(begin))
  if (!kind) throw new Error(`test/invariants/targets.ts cannot create the resource of ${template}`)
  return template.replace('{id}', await CREATORS[kind]!(harness)).replace('{time}', '60')
}

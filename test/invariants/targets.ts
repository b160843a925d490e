import type { Harness } from '../support/harness.ts'

/** Every table but those that reads write too: the directory of copies and the heartbeat. */
export const STORED = ['organisations', 'api_keys', 'factories', 'series', 'readings', 'sprockets', 'changes'] as const

const idOf = async (response: Response): Promise<string> => response.headers.get('Location')!.split('/').at(-1)!

/** Makes something of the kind that a path speaks of, by how the path begins; answers its id. */
const MAKERS: Record<string, (world: Harness) => Promise<string>> = {
  '/api/factory/': async ({ engineer }) =>
    idOf(await engineer.post('/api/factories', { chart_data: { time: [60], sprocket_production_actual: [1] } })),
  '/api/key/': async ({ admin }) => idOf(await admin.post('/api/keys', { name: 'target', role: 'viewer' })),
  '/api/sprocket/': async ({ engineer }) =>
    idOf(await engineer.post('/api/sprockets', { teeth: 1, pitch_diameter: 1, outside_diameter: 1, pitch: 1 })),
}

/** An address that a template stands for, of something that is made for the purpose and may be destroyed. */
export const targetOf = async (world: Harness, template: string): Promise<string> => {
  if (!template.includes('{id}')) return template
  const kind = Object.keys(MAKERS).find((begin) => template.startsWith(begin))
  if (!kind) throw new Error(`test/invariants/targets.ts does not know how to make what ${template} speaks of`)
  return template.replace('{id}', await MAKERS[kind]!(world)).replace('{time}', '60')
}

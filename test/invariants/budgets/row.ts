import { REASON } from '../../support/annotations.ts'
import type { Harness } from '../../support/harness.ts'
import type { Budget } from '../../support/route-table.ts'

/** Sends the request that is counted, to a path that the row has made. */
type Act = (api: Harness, path: string) => Promise<Response>

/** The budget of one outcome of a route: its status, the operations that it may use, and the request. `make` creates the resource first. */
export type Row = [route: string, outcome: string, status: number, budget: Budget, act: Act, make?: (api: Harness) => Promise<string>]

export const uses = (trips: number, rowsRead = 0, rowsWritten = 0): Budget => ({ trips, rowsRead, rowsWritten })

const idOf = (response: Response) => response.headers.get('Location')!.split('/').at(-1)!

export const newFactory = async ({ engineer }: Harness) =>
  `/api/factory/${idOf(await engineer.post('/api/factories', { chart_data: { time: [60, 120], sprocket_production_actual: [1, 2] } }))}`

export const SPROCKET = { teeth: 7, pitch_diameter: 5, outside_diameter: 6, pitch: 1 }
export const newSprocket = async ({ engineer }: Harness) => `/api/sprocket/${idOf(await engineer.post('/api/sprockets', SPROCKET))}`

export const newKey = async ({ admin }: Harness) => `/api/key/${idOf(await admin.post('/api/keys', { name: 'A', role: 'viewer' }))}`

/** Creates an annotation of a factory, by default of a new one. */
export const newAnnotation = async (api: Harness, factory?: string) => {
  const path = factory ?? (await newFactory(api))
  await api.engineer.put('/api/stop-reasons', { reasons: [REASON] })
  const created = await api.operator.post(`${path}/stop-annotations`, { from: 60, to: 120, reason: REASON.code })
  return created.headers.get('Location')!
}

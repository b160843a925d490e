import type { App } from '../middleware/app-env.ts'
import { addRoute } from '../http/add-route.ts'

/** The InfluxDB version whose write API is supported. Clients check it before they write. */
const INFLUX_VERSION = '2.0.0'

/** Registers the ping routes that InfluxDB clients call before they write. */
export const addPingRoutes = (app: App): void => {
  for (const [path, operationId] of [
    ['/ping', 'pingService'],
    ['/api/v2/ping', 'pingWriteApi'],
  ] as const)
    addRoute(
      app,
      {
        method: 'get',
        path,
        operationId,
        role: 'open',
        scope: 'public',
        tag: 'Meta',
        summary: 'Check liveness for InfluxDB clients',
        schemas: () => ({ responses: { 204: { description: 'The Worker runs', headers: { 'X-Influxdb-Version': 'always' } } } }),
      },
      (c) => c.body(null, 204, { 'X-Influxdb-Version': INFLUX_VERSION, 'Cache-Control': 'no-store' }),
    )
}

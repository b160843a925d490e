import type { Isolate } from '../runtime/isolate.ts'
import type { App } from '../middleware/app-env.ts'
import { addRoute } from '../http/add-route.ts'

/** The version of InfluxDB whose way to write this API understands. Clients ask for it before they write. */
const INFLUX_VERSION = '2.0.0'

/** What the clients of InfluxDB ask first: whether there is a server that they can write to. */
export const addPingRoutes = (app: App, isolate: Isolate): void => {
  for (const path of ['/ping', '/api/v2/ping'])
    addRoute(
      app,
      isolate,
      {
        method: 'get',
        path,
        role: 'open',
        scope: 'public',
        tag: 'Meta',
        summary: 'Whether the Worker runs, as the clients of InfluxDB ask it',
        schemas: () => ({ responses: { 204: { description: 'It runs' } } }),
      },
      (c) => c.body(null, 204, { 'X-Influxdb-Version': INFLUX_VERSION, 'Cache-Control': 'no-store' }),
    )
}

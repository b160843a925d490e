import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { Isolate } from './runtime/isolate.ts'
import type { App, AppEnv } from './middleware/app-env.ts'
import { reprDigest } from './middleware/content-digest.ts'
import { notFound, onError, onMethodNotAllowed } from './middleware/error-handler.ts'
import { commonHeaders, preflight, readBookmark } from './middleware/common-headers.ts'
import { delayOverloadResponses } from './middleware/delay-overload-responses.ts'
import { lengthLimits } from './middleware/length-limits.ts'
import { countAll } from './middleware/rate-limit.ts'
import { requestIsolate } from './middleware/request-isolate.ts'
import { requestId } from './middleware/request-id.ts'
import { requestLog } from './middleware/request-log.ts'
import { requireHttps } from './middleware/https.ts'
import { addAccessRoute } from './routes/access.ts'
import { addDocumentRoutes } from './routes/documents.ts'
import { addEmbedRoutes } from './routes/embed.ts'
import { addExportRoutes } from './routes/export.ts'
import { addFactoryRoutes } from './routes/factories.ts'
import { addKeyRoutes } from './routes/keys.ts'
import { addInfluxRoutes } from './routes/influx.ts'
import { addMetaRoutes } from './routes/meta.ts'
import { addOeeRoutes } from './routes/oee.ts'
import { addOrganisationRoutes } from './routes/organisation.ts'
import { addOrganisationStopRoutes } from './routes/organisation-stops.ts'
import { addPingRoutes } from './routes/ping.ts'
import { addSingleReadingRoutes } from './routes/reading.ts'
import { addReadingRoutes } from './routes/readings.ts'
import { addRedirects } from './routes/redirects.ts'
import { withCachedRead } from './http/cached-read.ts'
import { collapseSlashes } from './http/slashes.ts'
import { addScheduleRoutes } from './routes/schedules.ts'
import { addSprocketRoutes } from './routes/sprockets.ts'
import { addStateRoutes } from './routes/states.ts'
import { addStopAnnotationRoutes } from './routes/stop-annotations.ts'
import { addStopReasonRoutes } from './routes/stop-reasons.ts'
import { addStopRoutes } from './routes/stops.ts'

/** Creates the Hono app: middleware in order, then the routes. */
export const createApp = (isolate: Isolate): App => {
  const app = new Hono<AppEnv>({ strict: false })

  app.use(requestIsolate(isolate))
  app.use(requestId)
  app.use(requestLog)
  app.use(commonHeaders)
  app.use(delayOverloadResponses)
  app.use(countAll)
  app.use(lengthLimits)
  app.use(requireHttps)
  app.use(preflight)
  app.use(methodNotAllowed({ app, onMethodNotAllowed }))
  app.use(readBookmark)
  app.use(reprDigest)

  addDocumentRoutes(app)
  addFactoryRoutes(app)
  addScheduleRoutes(app)
  addStateRoutes(app)
  addStopRoutes(app)
  addOrganisationStopRoutes(app)
  addOeeRoutes(app)
  addSingleReadingRoutes(app)
  addExportRoutes(app)
  addReadingRoutes(app)
  addInfluxRoutes(app)
  addStopReasonRoutes(app)
  addStopAnnotationRoutes(app)
  addSprocketRoutes(app)
  addAccessRoute(app)
  addKeyRoutes(app)
  addOrganisationRoutes(app)
  addRedirects(app)
  addMetaRoutes(app)
  addPingRoutes(app)
  addEmbedRoutes(app)

  app.notFound(notFound)
  app.onError(onError)
  app.fetch = collapseSlashes(withCachedRead(isolate, app.fetch))
  return app
}

import { createApp } from './app.ts'
import { runCron } from './jobs/cron.ts'
import { createIsolate } from './runtime/isolate.ts'
import type { Env } from './runtime/env.ts'
import type { Isolate } from './runtime/isolate.ts'
import type { App } from './middleware/app-env.ts'

/** Made with the first event, for bindings come with events; one for the life of the isolate. */
let started: { isolate: Isolate; app: App } | undefined

const start = (env: Env) => {
  const isolate = createIsolate(env)
  return { isolate, app: createApp(isolate) }
}

/** The Worker. */
export default {
  fetch(request, env, context) {
    started ??= start(env)
    return started.app.fetch(request, env, context)
  },
  async scheduled(controller, env) {
    started ??= start(env)
    await runCron(started.isolate, controller.scheduledTime)
  },
} satisfies ExportedHandler<Env>

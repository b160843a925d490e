import { createApp } from './app.ts'
import { runCron } from './jobs/cron.ts'
import { createIsolate } from './runtime/isolate.ts'
import type { Env } from './runtime/env.ts'
import type { Isolate } from './runtime/isolate.ts'
import type { App } from './middleware/app-env.ts'

/** Created by the first event, because only events provide the bindings, and used until the isolate ends. */
let started: { isolate: Isolate; app: App } | undefined

const start = (env: Env) => {
  const isolate = createIsolate(env)
  return { isolate, app: createApp(isolate) }
}

/** The entry of the Worker: requests go to the app, cron to the jobs. */
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

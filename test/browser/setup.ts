import type { TestProject } from 'vitest/node'
import { browserPath } from './browser.ts'
import { serve } from './served.ts'

declare module 'vitest' {
  interface ProvidedContext {
    server: { base: string; key: string }
  }
}

/** Starts one Worker with the seed data for all tests, if a browser is installed. */
export default async ({ provide }: TestProject) => {
  if (browserPath === undefined) {
    console.log('No Chromium found, so the tests in the browser are skipped. Set CHROMIUM to the path of one.')
    return undefined
  }
  const { base, key, stop } = await serve()
  provide('server', { base, key })
  return stop
}

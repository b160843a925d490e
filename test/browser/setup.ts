import type { TestProject } from 'vitest/node'
import { browserPath } from './browser.ts'
import { serve } from './served.ts'

declare module 'vitest' {
  interface ProvidedContext {
    server: { base: string; key: string }
  }
}

/** One Worker with the seed data for all tests, where there is a browser to look at it with. */
export default async ({ provide }: TestProject) => {
  if (browserPath === undefined) {
    console.log('There is no Chromium on this machine, so nobody looks at the pages. Set CHROMIUM to one, and they are looked at.')
    return undefined
  }
  const { base, key, stop } = await serve()
  provide('server', { base, key })
  return stop
}

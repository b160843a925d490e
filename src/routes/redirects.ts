import type { App } from '../middleware/app-env.ts'

/** Redirects plural paths to singular ones, because clients often request `/api/factories/1` instead of `/api/factory/1`. */
export const addRedirects = (app: App): void => {
  const toSingular = (plural: string, singular: string) =>
    app.all(`/api/${plural}/:rest{.+}`, (c) => {
      const { pathname, search } = new URL(c.req.url)
      return c.redirect(pathname.replace(`/api/${plural}/`, `/api/${singular}/`) + search, 308)
    })
  toSingular('factories', 'factory')
  toSingular('sprockets', 'sprocket')
}

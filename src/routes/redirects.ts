import type { App } from '../middleware/app-env.ts'

/** One resource of a list is often asked for by the list's name: `/api/factories/1` is `/api/factory/1`. */
export const addRedirects = (app: App): void => {
  const toSingular = (plural: string, singular: string) =>
    app.all(`/api/${plural}/:rest{.+}`, (c) => {
      const { pathname, search } = new URL(c.req.url)
      return c.redirect(pathname.replace(`/api/${plural}/`, `/api/${singular}/`) + search, 308)
    })
  toSingular('factories', 'factory')
  toSingular('sprockets', 'sprocket')
}

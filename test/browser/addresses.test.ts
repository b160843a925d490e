import { request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { describePages } from './visit.ts'

// Promise: every page has an address that can be opened, shared and reloaded, and an unknown address says so to people and programs.

describePages('addresses', ({ server, open, openBlank, close }) => {
  /** Sends a GET with these headers only. `fetch` adds others. */
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const [response] = (await once(request(server.base + path, { headers }).end(), 'response')) as [IncomingMessage]
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  }

  test('the address of a factory can be opened and reloaded', async () => {
    const { page, faults } = await open('/factory/1?range=week')
    await page.getByRole('heading', { name: 'The last 7 days' }).waitFor()
    await page.reload()
    await waitUntilFresh(page)
    await page.getByRole('heading', { name: 'Factory 1' }).waitFor()
    expect(page.url()).toBe(`${server.base}/factory/1?range=week`)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the older address of a factory is replaced by the current one, and going back works', async () => {
    const { page } = await open('/?sprockets')
    await page.goto('/?factory=1&from=1611204818&to=1611205400')
    await page.waitForURL(/\/factory\/1\?from=1611204818&to=1611205400$/)
    await waitUntilFresh(page)
    await page.goBack()
    await page.getByRole('heading', { name: 'Sprockets' }).waitFor()
    await close(page)
  })

  test('a slash at the end of the address of a factory is removed', async () => {
    const { page } = await open('/factory/1/?range=week')
    expect(page.url()).toBe(`${server.base}/factory/1?range=week`)
    await close(page)
  })

  test('the page of a factory has the headers of every page', async () => {
    const { status, headers } = await get('/factory/1')
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([200, 'text/html; charset=utf-8', 'nosniff'])
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  test.each(['/nope', '/docs/nope', '/factory'])('a browser that opens the unknown address %s gets a page', async (path) => {
    const { page } = await openBlank()
    expect((await page.goto(path))!.status()).toBe(404)
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    const german = page.locator('[lang=de]').filter({ hasText: 'Seite nicht gefunden' })
    expect(await german.getByRole('link').allTextContents()).toEqual(['die Werke', 'die Anleitungen', 'die Referenz der API'])
    expect(await axeFaults(page)).toEqual([])
    await page.getByRole('link', { name: 'the factories' }).click()
    await waitUntilFresh(page)
    await close(page)
  })

  test('a browser without JavaScript gets the addresses of the same data, in English and in German', async () => {
    const { page } = await openBlank({ javaScriptEnabled: false })
    await page.goto('/factory/1')
    for (const [language, text] of [
      ['en', 'This page needs JavaScript.'],
      ['de', 'Diese Seite braucht JavaScript.'],
    ])
      await page.locator(`main p[lang=${language!}]`).filter({ hasText: text! }).waitFor()
    await page.getByRole('link', { name: 'a chart as an image' }).waitFor()
    await close(page)
  })

  test.each(['/nope', '/docs/nope', '/api/nope'])('a program that requests the unknown address %s gets a problem', async (path) => {
    const { status, headers, body } = await get(path, { Accept: 'application/json' })
    expect([status, headers['content-type'], JSON.parse(body)]).toEqual([
      404,
      'application/problem+json',
      expect.objectContaining({ status: 404 }),
    ])
  })

  test('an address under /factory/ without a number leads to the list of factories', async () => {
    const { page } = await openBlank()
    await page.goto('/factory/nope')
    await page.getByRole('heading', { name: 'Page not found' }).waitFor()
    await page.getByRole('link', { name: 'Show all factories' }).click()
    await waitUntilFresh(page)
    expect(page.url()).toBe(`${server.base}/`)
    await close(page)
  })
})

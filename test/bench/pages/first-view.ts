import type { Browser } from 'playwright-core'

/** A slow 4G connection, as Lighthouse simulates it. */
export const SLOW_4G = { roundTripMs: 150, downloadBits: 1_600_000, uploadBits: 750_000 }
/** A phone computes about four times as slowly as a computer. */
export const CPU_SLOWDOWN = 4
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** The first view of a page in a new browser profile. */
export interface FirstView {
  /** Time until the largest content of the view is painted. */
  lcpMs: number
  /** Sum of layout shifts, without a unit. */
  cls: number
  /** Bytes that the browser has received, compressed. */
  bytes: number
}

const OBSERVE = `globalThis.measured = { lcp: 0, cls: 0 }
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { measured.lcp = entry.startTime }))
  .observe({ type: 'largest-contentful-paint', buffered: true })
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { measured.cls += entry.value }))
  .observe({ type: 'layout-shift', buffered: true })`

/**
 * Opens a page on a phone with a slow connection, and measures its first view.
 * @param part a selector of the part that is shown last
 * @param slowdown factor by which the processor is slowed down
 */
export const measureFirstView = async (browser: Browser, address: string, part: string, slowdown = CPU_SLOWDOWN): Promise<FirstView> => {
  const context = await browser.newContext(PHONE)
  try {
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    await session.send('Network.enable')
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: SLOW_4G.roundTripMs,
      downloadThroughput: SLOW_4G.downloadBits / 8,
      uploadThroughput: SLOW_4G.uploadBits / 8,
    })
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    await page.addInitScript(OBSERVE)
    await page.goto(address)
    await page.locator(part).first().waitFor()
    await page.waitForLoadState('networkidle')
    const { lcp, cls } = await page.evaluate(() => (globalThis as unknown as { measured: { lcp: number; cls: number } }).measured)
    return { lcpMs: lcp, cls, bytes }
  } finally {
    await context.close()
  }
}

import { loadavg } from 'node:os'
import { join } from 'node:path'
import { readCommandLine } from '../../../src/cli/options.ts'
import { launch } from '../../browser/browser.ts'
import { serve } from '../../browser/served.ts'
import { renderTable, wrapParagraph } from '../markdown.ts'
import { describeOrigin } from '../origin.ts'
import { writeSections } from '../sections.ts'
import { spreadOf } from '../statistics.ts'
import { startEdgeProxy } from './edge-proxy.ts'
import { CPU_SLOWDOWN, measureFirstView, SLOW_4G } from './first-view.ts'

/** The pages, each with the part that is shown last. */
const PAGES = [
  { name: 'overview', path: '/', part: '.spark' },
  { name: 'page of a factory', path: '/factory/1', part: '.chart canvas' },
  { name: 'wall', path: '/?tv', part: '.wall-tile' },
]
/** TCP and TLS 1.3 take a round trip each, before the request. */
const CONNECT_ROUND_TRIPS = 2
const guide = join(import.meta.dirname, '../../../src/docs/guides/internals/benchmarks.md')

const { values } = await readCommandLine({
  command: 'npm run bench:pages',
  usage: `[--rounds N] [--write-guides]
  --rounds N      first views of each page; the default is 7
  --write-guides  writes the table into the guide benchmarks.md`,
  options: { rounds: { type: 'string', default: '7' }, 'write-guides': { type: 'boolean', default: false } },
})

const formatNumber = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

const loadBefore = loadavg()[0]!
const server = await serve()
const proxy = await startEdgeProxy(server.base, CONNECT_ROUND_TRIPS * SLOW_4G.roundTripMs)
const browser = await launch()
try {
  const rows: string[][] = []
  for (const { name, path, part } of PAGES) {
    // Puts the payloads into the cache.
    await measureFirstView(browser, proxy.base + path, part, 1)
    const views = []
    for (let round = 0; round < Number(values.rounds); round += 1) views.push(await measureFirstView(browser, proxy.base + path, part))
    const lcp = spreadOf(views.map(({ lcpMs }) => lcpMs))
    const cls = Math.max(...views.map((view) => view.cls))
    const bytes = spreadOf(views.map((view) => view.bytes)).median
    rows.push([name, formatNumber(lcp.median), formatNumber(lcp.high), formatNumber(cls, 3), formatNumber(bytes / 1000, 1)])
  }
  const words =
    `${describeOrigin('npm run bench:pages')}. ${values.rounds} first views of each page with an empty browser cache, ${SLOW_4G.downloadBits / 1e6} Mbit/s, ` +
    `${SLOW_4G.roundTripMs} ms per round trip, and a processor slowed down ${CPU_SLOWDOWN} times. The load average at the start was ` +
    `${loadBefore.toFixed(1)}.`
  const text = [wrapParagraph(words), renderTable(['Page', 'LCP, ms', 'LCP, upper quartile', 'Highest CLS', 'KB received'], rows)].join(
    '\n\n',
  )
  console.log(text)
  if (values['write-guides']) await writeSections([guide], { pages: text })
} finally {
  await browser.close()
  proxy.stop()
  await server.stop()
}

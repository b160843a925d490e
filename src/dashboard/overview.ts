import type { Reads } from '../client/operations.ts'
import type { Api } from './api/api.ts'
import { findBands } from './values/bands.ts'
import { h, createName, setText } from './elements/dom.ts'
import { describeFreshness } from './values/format.ts'
import { formatNumber } from './values/numbers.ts'
import { createFactoryButton } from './overview/factory-button.ts'
import { createOrderHold } from './overview/hold-order.ts'
import type { OverviewOptions } from './overview/options.ts'
import { arrangeEntries, keepOrder } from './overview/order.ts'
import { createRowLoader } from './overview/row-loader.ts'
import { createRow } from './overview/row.ts'
import type { FactoryRow } from './overview/row.ts'
import { createStateTiles } from './overview/state-tiles.ts'
import { createFactoryTable } from './overview/table.ts'
import { createTools } from './overview/tools.ts'
import { showLastDays } from './overview/total-tile.ts'
import type { Page } from './page/page.ts'
import { createTile } from './elements/stat-tile.ts'
import { describeState } from './values/state.ts'
import { createWallLink } from './wall/wall-link.ts'
import { formatViewUrl } from './page/view-url.ts'
import { texts } from './texts/overview.ts'

type Summary = Reads['/api/summary']

/**
 * Creates the overview of all factories.
 * @param replaceAddress replaces the address of the page, after a reader has changed an option
 * @param navigate opens another address
 */
export const createOverviewPage = (
  api: Api,
  initialOptions: OverviewOptions,
  replaceAddress: (address: string) => void,
  navigate: (address: string) => void,
): Page => {
  let options = initialOptions
  let current: Summary | undefined
  /** The factories in the order in which the page shows them. */
  let order: number[] = []
  const rows = new Map<number, FactoryRow>()
  const organisation = createName()
  const [count, shownCount] = [h('span'), h('span', { role: 'status' })]
  const heading = h('h1', { tabIndex: -1 }, texts.title)
  const total = createTile(texts.last24Hours)
  const table = createFactoryTable()
  const details = createRowLoader(api, (id) => rows.get(id))
  const isHeld = createOrderHold(table.element, () => show())

  const change = (changes: Partial<OverviewOptions>) => {
    options = { ...options, ...changes }
    replaceAddress(formatViewUrl({ show: 'overview', options }))
    order = []
    show()
  }
  const wallLink = createWallLink(api, () => current?.factories ?? [])
  const factoryButton = createFactoryButton(api, (id) => navigate(formatViewUrl({ show: 'factory', id, range: { last: undefined } })))
  const tools = createTools(() => options, change, [h('a', { href: '/?tv' }, texts.wall), wallLink.element, factoryButton.element])
  const tiles = createStateTiles((state) => change({ state }))

  const showRow = (id: number): FactoryRow => {
    let row = rows.get(id)
    if (!row) {
      row = createRow(id)
      rows.set(id, row)
      details.observe(row.element)
    }
    return row
  }

  const show = () => {
    tools.show()
    table.setCompact(options.isCompact)
    if (!current) return
    const now = Date.now()
    const bands = findBands(options.bands)
    const entries = current.factories.map((row) => ({ row, shown: describeState(row, now, bands) }))
    const selected = arrangeEntries(entries, options)
    const shown = isHeld() && order.length > 0 ? keepOrder(selected, order) : selected
    order = shown.map(({ row }) => row.id)
    for (const entry of shown) showRow(entry.row.id).show(entry, now, bands)
    for (const id of rows.keys()) if (!current.factories.some((factory) => factory.id === id)) rows.delete(id)
    const elements = (isSilent: boolean) =>
      shown.filter((entry) => (entry.shown.state === 'no-data') === isSilent).map(({ row }) => rows.get(row.id)!.element)
    table.show(elements(false), elements(true), current.factories.length)
    setText(organisation, current.organisation)
    setText(count, ` · ${texts.factories(current.factories.length)}`)
    setText(shownCount, shown.length < entries.length ? ` · ${texts.shown(formatNumber(shown.length))}` : '')
    tiles.show(entries, options.state)
    showLastDays(
      total,
      current.factories.filter((row) => describeFreshness(row.latest, row.last_day.readings, now).fresh),
      entries.length,
      bands,
    )
  }
  show()

  return {
    title: texts.title,
    heading,
    element: h(
      'div',
      { className: 'overview' },
      heading,
      h('p', { className: 'headline' }, organisation, count, shownCount),
      h('div', { className: 'summary' }, total.element, tiles.element),
      h('div', { className: 'card' }, tools.element, table.element, table.empty),
    ),
    changeView(view) {
      if (view.show !== 'overview') return false
      options = view.options
      order = []
      show()
      return true
    },
    async refresh(signal) {
      const [{ data }] = await Promise.all([
        api.client.get('/api/summary', {}, { signal }),
        wallLink.refresh(signal),
        factoryButton.refresh(signal),
      ])
      const previous = new Map(current?.factories.map((factory) => [factory.id, JSON.stringify(factory)]))
      current = data
      show()
      const changedRows = data.factories.filter((factory) => previous.get(factory.id) !== JSON.stringify(factory))
      await details.reload(
        changedRows.map(({ id }) => id),
        signal,
      )
    },
    updateTimes: show,
    end: () => details.end(),
  }
}

import type { Reads } from '../client/operations.ts'
import type { Api } from './api/api.ts'
import { findBands } from './values/bands.ts'
import { compareNames } from './values/compare-names.ts'
import { arrange, createName, h, setText } from './elements/dom.ts'
import type { Page } from './page/page.ts'
import { describeState } from './values/state.ts'
import { createClock } from './wall/clock.ts'
import { layoutWall } from './wall/layout.ts'
import type { WallOptions } from './wall/options.ts'
import { createPager } from './wall/pager.ts'
import { watchReleases } from './wall/release.ts'
import { attendScreen } from './wall/screen.ts'
import { createWallTile } from './wall/tile.ts'
import type { WallTile } from './wall/tile.ts'
import { texts } from './texts/wall.ts'

type Row = Reads['/api/summary']['factories'][number]
type Summary = Reads['/api/factory/{id}/summary']

/** Seconds for which a page is shown, unless the address says otherwise. */
const PAGE_SECONDS = 15

/**
 * Creates the wall: a page for screens that are read from a distance and run unattended.
 * @param freshness the element that says whether the data is old
 * @param refreshNow refreshes the page at once
 */
export const createWallPage = (api: Api, options: WallOptions, freshness: HTMLElement, refreshNow: () => void): Page => {
  const end = new AbortController()
  let rows: Row[] = []
  const tiles = new Map<number, WallTile>()
  const summaries = new Map<number, Summary>()
  /** The rows as they were when their summary was loaded. */
  const loadedRows = new Map<number, string>()
  const organisation = createName(texts.factories)
  const heading = h('h1', { tabIndex: -1 }, organisation)
  const grid = h('div', { className: 'wall-grid' })
  const empty = h('p', { className: 'wall-empty', hidden: true })
  const pager = createPager(options.pageSeconds ?? PAGE_SECONDS, () => void showPage(), end.signal)
  const bar = h('header', { className: 'wall-bar' }, heading, freshness, pager.element, createClock(end.signal))
  const element = h('div', { className: 'wall' }, bar, grid, empty)
  attendScreen(element, refreshNow, end.signal)
  watchReleases(end.signal)

  const visibleRows = () => {
    const { size } = layoutWall(rows.length)
    return rows.slice(pager.page * size, (pager.page + 1) * size)
  }

  const show = () => {
    const now = Date.now()
    const bands = findBands(options.bands)
    const { columns, rows: lines, pages } = layoutWall(rows.length)
    pager.setPages(pages)
    grid.dataset['columns'] = String(columns)
    grid.dataset['rows'] = String(lines)
    const visible = visibleRows()
    for (const row of visible) {
      const tile = tiles.get(row.id) ?? createWallTile()
      tiles.set(row.id, tile)
      const summary = summaries.get(row.id)
      tile.show(row, describeState(row, now, bands), summary, now)
    }
    arrange(
      grid,
      visible.map(({ id }) => tiles.get(id)!.element),
    )
  }

  /** Loads the summaries of the visible factories that have changed. */
  const loadSummaries = async (signal: AbortSignal) => {
    const changed = visibleRows().filter((row) => loadedRows.get(row.id) !== JSON.stringify(row))
    await Promise.all(
      changed.map(async (row) => {
        const { data } = await api.client.get('/api/factory/{id}/summary', { id: row.id }, { signal })
        summaries.set(row.id, data)
        // A cached summary may be older than the row. The next refresh then loads it again.
        if (data.latest?.time === row.latest?.time) loadedRows.set(row.id, JSON.stringify(row))
      }),
    )
  }

  const showPage = async () => {
    show()
    // The next refresh tries again.
    await loadSummaries(end.signal).catch(() => {})
    show()
  }

  return {
    title: texts.title,
    heading,
    element,
    async refresh(signal) {
      const { data } = await api.client.get('/api/summary', {}, { signal })
      // Every factory keeps its place, so that a tile is found without reading its name.
      rows = data.factories.filter(({ id }) => options.id === undefined || id === options.id).toSorted(compareNames)
      setText(organisation, data.organisation)
      empty.hidden = rows.length > 0
      setText(empty, options.id === undefined ? texts.noFactories : texts.noFactory(options.id))
      show()
      await loadSummaries(signal)
      show()
    },
    updateTimes: show,
    end: () => end.abort(),
  }
}

import type { Api } from './api/api.ts'
import { h, createName, setText } from './elements/dom.ts'
import { createBoard } from './factory/board.ts'
import { createChartCard } from './factory/chart-card.ts'
import { createExportBar } from './factory/export-bar.ts'
import { createFactoryForms } from './factory/forms.ts'
import { createFactoryLoader, isAbsent } from './factory/load-factory.ts'
import type { FactoryData } from './factory/load-factory.ts'
import type { FactoryBase, loadFactoryBase } from './factory/load-base.ts'
import { createOee } from './factory/oee.ts'
import { createPareto } from './factory/pareto.ts'
import { createPoints } from './factory/points.ts'
import { createScheduleSection } from './factory/schedule.ts'
import type { Stop } from './factory/hour-rows.ts'
import { createStopDialog } from './factory/stop-dialog.ts'
import { createStopList } from './factory/stops.ts'
import { createTiles } from './factory/tiles.ts'
import { createTimeline } from './factory/timeline.ts'
import { describeFreshness, displayName, displayNameInText } from './values/format.ts'
import { formatNumber } from './values/numbers.ts'
import type { Page } from './page/page.ts'
import { formatViewUrl } from './page/view-url.ts'
import type { Last, Range } from './page/view-url.ts'
import { texts } from './texts/factory.ts'
import { texts as valueTexts } from './texts/values.ts'

/**
 * Creates the page of a factory: its tiles, its chart over any range, its hour-by-hour board, and forms for users with a key.
 * @param first the data that is loading since before the code of this page
 */
export const createFactoryPage = (
  api: Api,
  id: number,
  first: ReturnType<typeof loadFactoryBase>,
  initialRange: Range,
  navigate: (address: string, isReplacement?: boolean) => void,
): Page => {
  let range = initialRange
  /** The range that was chosen by name last. Resetting the zoom returns to it. */
  let namedRange: Last | undefined = 'last' in initialRange ? initialRange.last : undefined
  let base: FactoryBase | undefined
  let data: FactoryData | undefined
  /** Describes a time without a planned shift; undefined within a shift and without a schedule. */
  let pause: string | undefined
  const load = createFactoryLoader(api, id, first)

  const name = createName(valueTexts.factory(id))
  const heading = h('h1', { tabIndex: -1 }, name)
  const headline = h('p', { className: 'headline' })
  const forms = createFactoryForms(api, id)
  const tiles = createTiles()
  const [oee, pareto] = [createOee(), createPareto()]
  const points = createPoints(() => forms.correct)
  const show = (next: Range, isReplacement = false) =>
    navigate(formatViewUrl({ show: 'factory', id, range: next }), isReplacement && 'from' in range)
  const stopDialog = createStopDialog(api, id, () => stops.focus())
  const openStop = (stop: Stop) => data && stopDialog.open(stop, data)
  const timeline = createTimeline(openStop, 'last' in range && ['shift', 'day', undefined].includes(range.last))
  const stops = createStopList(openStop)
  const chart = createChartCard({ api, id, range, show, reset: () => show({ last: namedRange }) }, points.element, timeline)
  const exportBar = createExportBar(api, id, chart.toSvg)
  const board = createBoard()
  const schedule = createScheduleSection(api, id)
  const element = h(
    'div',
    {},
    heading,
    headline,
    tiles.element,
    chart.element,
    forms.correction,
    board.element,
    oee.element,
    h('div', { className: 'pair' }, stops.element, pareto.element),
    schedule.element,
    forms.element,
    exportBar.element,
    stopDialog.element,
  )

  const updateTimes = () => {
    if (!base) return
    const { latest, last_day } = base.summary
    const zone = base.profile.time_zone
    const { fresh, words: since } = describeFreshness(latest, last_day.readings, Date.now(), zone)
    element.classList.toggle('silent', !fresh && pause === undefined)
    const values = latest && texts.figures(formatNumber(latest.actual), formatNumber(latest.goal))
    setText(
      headline,
      [zone, pause, `${fresh ? '●' : '○'} ${latest && fresh ? texts.lastReading(since) : since}`, values].filter(Boolean).join(' · '),
    )
  }

  /** Shows the data that does not depend on the range. */
  const showBase = (next: FactoryBase) => {
    base = next
    setText(name, displayName(base.summary))
    page.title = displayNameInText(base.summary)
    tiles.show(base)
    updateTimes()
  }

  /** Finds the next shift if the factory has a schedule and its newest reading is old, or between two shifts. */
  const findPause = async ({ summary, zone }: FactoryData, signal: AbortSignal): Promise<string | undefined> => {
    const { latest, last_day, shift } = summary
    if (shift === undefined || (shift && describeFreshness(latest, last_day.readings, Date.now()).fresh)) return undefined
    const [{ describePause }, stored] = await Promise.all([
      import('./factory/next-shift.ts'),
      api.client.get('/api/factory/{id}/schedule', { id }, { signal }),
    ])
    return describePause(stored.data, zone, Math.floor(Date.now() / 1000))
  }

  const page: Page = {
    title: valueTexts.factory(id),
    heading,
    element,
    changeView(view) {
      if (view.show !== 'factory' || view.id !== id) return false
      range = view.range
      if ('last' in range) namedRange = range.last
      chart.changeRange(range)
      return true
    },
    async refresh(signal) {
      const loaded = await load(range, signal, showBase).catch((error: unknown) => {
        if (isAbsent(error)) setText(name, texts.absent(id))
        throw error
      })
      if (signal.aborted) return
      data = loaded
      exportBar.show(data)
      board.show(data)
      stops.show(data)
      pareto.show(data)
      oee.show(data)
      if (await chart.show(data, signal)) points.show(data.chart)
      if (forms.show(data)) points.update()
      await schedule.show(data, signal)
      pause = await findPause(data, signal)
      updateTimes()
    },
    updateTimes,
    end() {
      chart.end()
      forms.end()
    },
  }
  return page
}

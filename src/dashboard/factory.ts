import { ApiError } from '../client/client.ts'
import type { Reads } from '../client/operations.ts'
import { formatViewUrl } from './view-url.ts'
import type { Last, Range } from './view-url.ts'
import type { Api } from './api.ts'
import type { createChart, Interval } from './chart.ts'
import type { Series } from './series.ts'
import { describeMissing, findUsualRate } from './completeness.ts'
import { createFactoryEditors } from './edit-factory.ts'
import { h, createName, setText } from './dom.ts'
import { createRangeBar } from './range-bar.ts'
import { describeChart, isOngoing, formatChartTitle } from './chart-summary.ts'
import type { ChartData } from './chart-summary.ts'
import type { Resolution } from '../schemas/resolutions.ts'
import { createHoursTable, createPointsTable, toIntervals } from './tables.ts'
import { createTile } from './stat-tile.ts'
import type { Tile } from './stat-tile.ts'
import type { Page } from './page.ts'
import { formatNumber, describeFreshness, displayNameInText, displayName } from './format.ts'

/** Maximum number of points of a chart: about the number that a screen can resolve. */
const MAX_POINTS = 2_000

/** Converts a range to query parameters. */
const toQuery = (range: Range) =>
  'from' in range ? { from: range.from, to: range.to, points: MAX_POINTS } : range.last === undefined ? {} : { last: range.last }

/** Converts a response to what the chart shows. */
const toChartData = (range: Range, series: Series, headers: Headers, zone: string, { last_day }: Summary): ChartData => {
  const resolution = (headers.get('X-Resolution') as Resolution | null) ?? 'raw'
  const isDay = 'last' in range && range.last === 'day'
  const isSample =
    resolution === 'raw' && ('from' in range ? series.time.length >= MAX_POINTS : isDay && last_day.readings > series.time.length)
  const isCut = 'from' in range && /rel="next"/.test(headers.get('Link') ?? '')
  return { series, resolution, zone, isSample, isCut, total: isSample && isDay ? last_day : undefined }
}

type Summary = Reads['/api/factory/{id}/summary']

/** Shows the sums of the last hour, the last day and the newest readings, with their missing readings. */
const showTiles = ({ last_hour, last_day, window }: Record<'last_hour' | 'last_day' | 'window', Tile>, summary: Summary) => {
  const rate = findUsualRate(toIntervals(summary.hours))
  const missing = (seconds: number, { readings }: { readings: number }) => describeMissing({ readings, seconds }, rate)
  last_hour.show(summary.last_hour, missing(3600, summary.last_hour))
  last_day.show(summary.last_day, missing(86_400, summary.last_day))
  window.show(summary.window)
}

/** Creates the elements of the page of a factory, before its data is loaded. */
const createElements = (id: number) => {
  const name = createName(`Factory ${id}`)
  const description = h('p', { className: 'hint', id: 'chart-words' })
  const pointsTitle = h('summary')
  const points = h('div', { className: 'scroll tall', tabIndex: 0, role: 'region', 'aria-label': 'Every point of the chart' })
  return {
    name,
    heading: h('h1', { tabIndex: -1 }, name),
    headline: h('p', { className: 'headline' }),
    tiles: { last_hour: createTile('Last hour'), last_day: createTile('Last day'), window: createTile('Newest 500 readings') },
    chartTitle: h('h2', { id: 'chart-title' }),
    readout: h('p', { className: 'readout', 'aria-live': 'polite' }),
    chartBox: h('div', {
      className: 'chart',
      tabIndex: 0,
      role: 'group',
      'aria-label':
        'Chart of made against planned. Arrow keys read values, with Shift they move through time; plus and minus zoom, 0 resets',
      'aria-describedby': description.id,
    }),
    description,
    points,
    pointsTitle,
    pointsBox: h('details', {}, pointsTitle, points),
    hours: h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Hours of the last day' }),
    editorBox: h('div'),
    correctionBox: h('div'),
  }
}

const createLegend = () => {
  const sample = (of: string) => h('span', { className: `sample ${of}`, 'aria-hidden': 'true' })
  return h('p', { className: 'legend' }, sample('actual'), 'made ', sample('goal'), 'planned')
}

/** Creates the page of a factory: its tiles, its chart over any range, its hours, and forms for users with a key. */
export const createFactoryPage = (
  api: Api,
  id: number,
  initialRange: Range,
  navigate: (address: string, isReplacement?: boolean) => void,
): Page => {
  const {
    name,
    heading,
    headline,
    tiles,
    chartTitle,
    readout,
    chartBox,
    description,
    points,
    pointsTitle,
    pointsBox,
    hours,
    editorBox,
    correctionBox,
  } = createElements(id)

  let range = initialRange
  /** The range that was chosen by name last. Resetting the zoom returns to it. */
  let namedRange: Last | undefined = 'last' in initialRange ? initialRange.last : undefined
  let zone = 'UTC'
  let chart: ReturnType<typeof createChart> | undefined
  let summary: Summary | undefined
  /** The content of the chart, and its range. */
  let chartData: (ChartData & { range: Range }) | undefined
  let editors: ReturnType<typeof createFactoryEditors> | undefined

  const show = (next: Range, isReplacement = false) =>
    navigate(formatViewUrl({ show: 'factory', id, range: next }), isReplacement && 'from' in range)
  const reset = () => show({ last: namedRange })
  const interval = (): Interval | undefined => {
    if ('from' in range) return [range.from, range.to]
    const time = chartData?.range === range ? chartData.series.time : []
    return time.length ? [time[0]!, time.at(-1)! + 1] : undefined
  }
  const bar = createRangeBar({ id, interval, zone: () => zone, show, reset })
  bar.mark(range)

  const element = h(
    'div',
    {},
    heading,
    headline,
    h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    h(
      'section',
      { className: 'card', 'aria-labelledby': chartTitle.id },
      h('div', { className: 'bar' }, chartTitle, bar.links),
      h('div', { className: 'bar' }, createLegend(), bar.tools),
      readout,
      chartBox,
      description,
      bar.custom,
      pointsBox,
    ),
    correctionBox,
    h('section', { className: 'card', 'aria-labelledby': 'hours' }, h('h2', { id: 'hours' }, 'Hour by hour'), hours),
    editorBox,
  )

  const showPoints = () => {
    if (!pointsBox.open || !chartData) return
    const correct =
      editors && chartData.resolution === 'raw'
        ? (time: number) => void editors?.correct(time).catch((error: Error) => setText(readout, error.message))
        : undefined
    points.replaceChildren(createPointsTable(chartData, correct))
  }
  pointsBox.addEventListener('toggle', showPoints)

  /** Shows the forms if there is a key, otherwise removes them. */
  const showEditors = () => {
    if ((api.key === undefined) === (editors === undefined)) return
    editors = api.key === undefined ? undefined : createFactoryEditors(api, id, zone)
    editorBox.replaceChildren(...(editors ? [editors.details] : []))
    correctionBox.replaceChildren(...(editors ? [editors.correction] : []))
    showPoints()
  }

  const updateTimes = () => {
    if (!summary) return
    const { latest, last_day } = summary
    const { fresh, words: since } = describeFreshness(latest, last_day.readings, Date.now(), zone)
    element.classList.toggle('silent', !fresh)
    setText(
      headline,
      [
        zone,
        `${fresh ? '●' : '○'} ${latest && fresh ? `last reading ${since}` : since}`,
        latest ? `made ${formatNumber(latest.actual)}, planned ${formatNumber(latest.goal)}` : '',
      ]
        .filter(Boolean)
        .join(' · '),
    )
  }

  const page: Page = {
    title: `Factory ${id}`,
    heading,
    element,
    changeView(view) {
      if (view.show !== 'factory' || view.id !== id) return false
      range = view.range
      if ('last' in range) namedRange = range.last
      bar.mark(range)
      return true
    },
    async refresh(signal) {
      const requestedRange = range
      const chartModule = import('./chart.ts')
      const [summaryResponse, profile, data] = await Promise.all([
        api.client.get('/api/factory/{id}/summary', { id }, { signal }),
        api.client.get('/api/factory/{id}/profile', { id }, { signal }),
        api.client.get('/api/factory/{id}/chart-data', { id, ...toQuery(requestedRange) }, { signal }),
      ]).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) setText(name, `There is no factory ${id}`)
        throw error
      })
      const { createChart } = await chartModule
      if (signal.aborted) return
      const zoneChanged = zone !== profile.data.time_zone
      zone = profile.data.time_zone
      summary = summaryResponse.data
      setText(name, displayName(summary))
      page.title = displayNameInText(summary)
      showTiles(tiles, summary)
      if (summaryResponse.changed || zoneChanged || !hours.hasChildNodes()) hours.replaceChildren(createHoursTable(summary.hours, zone))
      if (data.changed || zoneChanged || chartData?.range !== requestedRange) {
        chartData = { range: requestedRange, ...toChartData(requestedRange, data.data, data.headers, zone, summary) }
        setText(chartTitle, formatChartTitle(requestedRange, chartData.resolution, zone))
        chart ??= createChart(chartBox, readout, { showInterval: ([start, end]) => show({ from: start, to: end }, true), reset })
        const ongoing = isOngoing(chartData.series, chartData.resolution)
        chart.show(chartData.series, zone, { ...('from' in requestedRange && { over: [requestedRange.from, requestedRange.to] }), ongoing })
        setText(description, describeChart(chartData))
        setText(pointsTitle, chartData.isSample ? 'Sample as a table' : 'Data as a table')
        const shownInterval = interval()
        if (shownInterval) bar.fill(shownInterval)
        showPoints()
      }
      showEditors()
      updateTimes()
    },
    updateTimes,
    end: () => chart?.end(),
  }
  return page
}

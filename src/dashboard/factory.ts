import { ApiError } from '../client/client.ts'
import type { Reads } from '../client/operations.ts'
import { addressOf } from './view-url.ts'
import type { Last, Range } from './view-url.ts'
import type { Api } from './api.ts'
import type { makeChart, Stretch } from './chart.ts'
import type { Series } from './series.ts'
import { describeMissing, findUsualRate } from './completeness.ts'
import { makeFactoryEditors } from './edit-factory.ts'
import { h, makeName, setText } from './dom.ts'
import { makeRangeBar } from './range-bar.ts'
import { describe, isOngoing, titleOf } from './chart-summary.ts'
import type { Resolution, Shown } from './chart-summary.ts'
import { hoursTable, pointsTable, stretchesOf } from './tables.ts'
import { makeTile } from './stat-tile.ts'
import type { Tile } from './stat-tile.ts'
import type { Page } from './page.ts'
import { formatNumber, freshness, nameInText, nameOf } from './format.ts'

/** A chart is asked for in at most so many points: about as many as a screen can tell apart. */
const POINTS = 2_000

/** What a range is asked for by. */
const askedOf = (range: Range) =>
  'from' in range ? { from: range.from, to: range.to, points: POINTS } : range.last === undefined ? {} : { last: range.last }

/** What an answer shows of a range. */
const readShown = (range: Range, series: Series, headers: Headers, zone: string, { last_day }: Summary): Shown => {
  const resolution = (headers.get('X-Resolution') as Resolution | null) ?? 'raw'
  const isDay = 'last' in range && range.last === 'day'
  const isSample =
    resolution === 'raw' && ('from' in range ? series.time.length >= POINTS : isDay && last_day.readings > series.time.length)
  const isCut = 'from' in range && /rel="next"/.test(headers.get('Link') ?? '')
  return { series, resolution, zone, isSample, isCut, total: isSample && isDay ? last_day : undefined }
}

type Summary = Reads['/api/factory/{id}/summary']

/** Shows the sums of the last hour, day and readings, and what is missing of the usual readings. */
const showTiles = ({ last_hour, last_day, window }: Record<'last_hour' | 'last_day' | 'window', Tile>, summary: Summary) => {
  const rate = findUsualRate(stretchesOf(summary.hours))
  const missing = (seconds: number, { readings }: { readings: number }) => describeMissing({ readings, seconds }, rate)
  last_hour.show(summary.last_hour, missing(3600, summary.last_hour))
  last_day.show(summary.last_day, missing(86_400, summary.last_day))
  window.show(summary.window)
}

/** What a page of a factory is made of, before anything is known. */
const makeParts = (id: number) => {
  const name = makeName(`Factory ${id}`)
  const words = h('p', { className: 'hint', id: 'chart-words' })
  const pointsTitle = h('summary')
  const points = h('div', { className: 'scroll tall', tabIndex: 0, role: 'region', 'aria-label': 'Every point of the chart' })
  return {
    name,
    heading: h('h1', { tabIndex: -1 }, name),
    about: h('p', { className: 'headline' }),
    tiles: { last_hour: makeTile('Last hour'), last_day: makeTile('Last day'), window: makeTile('Newest 500 readings') },
    chartTitle: h('h2', { id: 'chart-title' }),
    readout: h('p', { className: 'readout', 'aria-live': 'polite' }),
    chartBox: h('div', {
      className: 'chart',
      tabIndex: 0,
      role: 'group',
      'aria-label':
        'Chart of made against planned. Arrow keys read values, with Shift they move through time; plus and minus zoom, 0 resets',
      'aria-describedby': words.id,
    }),
    words,
    points,
    pointsTitle,
    pointsBox: h('details', {}, pointsTitle, points),
    hours: h('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Hours of the last day' }),
    editing: h('div'),
    correcting: h('div'),
  }
}

const legend = () => {
  const sample = (of: string) => h('span', { className: `sample ${of}`, 'aria-hidden': 'true' })
  return h('p', { className: 'legend' }, sample('actual'), 'made ', sample('goal'), 'planned')
}

/** A factory: how it stands, its chart over any range, its hours, and what one with a key can change. */
export const factoryPage = (api: Api, id: number, first: Range, go: (address: string, instead?: boolean) => void): Page => {
  const { name, heading, about, tiles, chartTitle, readout, chartBox, words, points, pointsTitle, pointsBox, hours, editing, correcting } =
    makeParts(id)

  let range = first
  /** The range by name that was chosen last, to come back to. */
  let home: Last | undefined = 'last' in first ? first.last : undefined
  let zone = 'UTC'
  let chart: ReturnType<typeof makeChart> | undefined
  let summary: Summary | undefined
  /** What the chart shows, and of which range. */
  let drawn: (Shown & { range: Range }) | undefined
  let editors: ReturnType<typeof makeFactoryEditors> | undefined

  const show = (next: Range, isStep = false) => go(addressOf({ show: 'factory', id, range: next }), isStep && 'from' in range)
  const reset = () => show({ last: home })
  const stretch = (): Stretch | undefined => {
    if ('from' in range) return [range.from, range.to]
    const time = drawn?.range === range ? drawn.series.time : []
    return time.length ? [time[0]!, time.at(-1)! + 1] : undefined
  }
  const bar = makeRangeBar({ id, stretch, zone: () => zone, show, reset })
  bar.mark(range)

  const element = h(
    'div',
    {},
    heading,
    about,
    h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    h(
      'section',
      { className: 'card', 'aria-labelledby': chartTitle.id },
      h('div', { className: 'bar' }, chartTitle, bar.links),
      h('div', { className: 'bar' }, legend(), bar.tools),
      readout,
      chartBox,
      words,
      bar.custom,
      pointsBox,
    ),
    correcting,
    h('section', { className: 'card', 'aria-labelledby': 'hours' }, h('h2', { id: 'hours' }, 'Hour by hour'), hours),
    editing,
  )

  const showPoints = () => {
    if (!pointsBox.open || !drawn) return
    const correct =
      editors && drawn.resolution === 'raw'
        ? (time: number) => void editors?.correct(time).catch((error: Error) => setText(readout, error.message))
        : undefined
    points.replaceChildren(pointsTable(drawn, correct))
  }
  pointsBox.addEventListener('toggle', showPoints)

  /** What one with a key can do, and what one without cannot. */
  const showEditors = () => {
    if ((api.key === undefined) === (editors === undefined)) return
    editors = api.key === undefined ? undefined : makeFactoryEditors(api, id, zone)
    editing.replaceChildren(...(editors ? [editors.opener] : []))
    correcting.replaceChildren(...(editors ? [editors.correction] : []))
    showPoints()
  }

  const tick = () => {
    if (!summary) return
    const { latest, last_day } = summary
    const { fresh, words: since } = freshness(latest, last_day.readings, Date.now(), zone)
    element.classList.toggle('silent', !fresh)
    setText(
      about,
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
    turn(view) {
      if (view.show !== 'factory' || view.id !== id) return false
      range = view.range
      if ('last' in range) home = range.last
      bar.mark(range)
      return true
    },
    async refresh(signal) {
      const asked = range
      const drawing = import('./chart.ts')
      const [sums, profile, data] = await Promise.all([
        api.client.get('/api/factory/{id}/summary', { id }, { signal }),
        api.client.get('/api/factory/{id}/profile', { id }, { signal }),
        api.client.get('/api/factory/{id}/chart-data', { id, ...askedOf(asked) }, { signal }),
      ]).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 404) setText(name, `There is no factory ${id}`)
        throw error
      })
      const { makeChart } = await drawing
      if (signal.aborted) return
      const moved = zone !== profile.data.time_zone
      zone = profile.data.time_zone
      summary = sums.data
      setText(name, nameOf(summary))
      page.title = nameInText(summary)
      showTiles(tiles, summary)
      if (sums.changed || moved || !hours.hasChildNodes()) hours.replaceChildren(hoursTable(summary.hours, zone))
      if (data.changed || moved || drawn?.range !== asked) {
        drawn = { range: asked, ...readShown(asked, data.data, data.headers, zone, summary) }
        setText(chartTitle, titleOf(asked, drawn.resolution, zone))
        chart ??= makeChart(chartBox, readout, { see: ([start, end]) => show({ from: start, to: end }, true), reset })
        const ongoing = isOngoing(drawn.series, drawn.resolution)
        chart.show(drawn.series, zone, { ...('from' in asked && { over: [asked.from, asked.to] }), ongoing })
        setText(words, describe(drawn))
        setText(pointsTitle, drawn.isSample ? 'This sample as a table' : 'The same as a table')
        const shown = stretch()
        if (shown) bar.fill(shown)
        showPoints()
      }
      showEditors()
      tick()
    },
    tick,
    end: () => chart?.end(),
  }
  return page
}

import { Refusal } from '../client.ts'
import type { Reads } from '../client/contract.ts'
import { addressOf, RANGES } from './address.ts'
import type { Range } from './address.ts'
import type { Api } from './api.ts'
import type { makeChart, Series } from './chart.ts'
import { makeFactoryEditors } from './edit-factory.ts'
import { make, say } from './element.ts'
import { hoursTable, pointsTable } from './tables.ts'
import type { Page } from './page.ts'
import { figure, freshness, gapInWords, gapOf, moment, nameOf, share } from './words.ts'
import { fromLocal, toLocal } from './zone.ts'

type Total = Reads['/api/factory/{id}/summary']['last_day']

/** A chart is asked for in at most so many points: about as many as a screen can tell apart. */
const POINTS = 1_000

const titleOf = (range: Range, zone: string): string => {
  if ('from' in range) return `From ${moment(range.from, zone)} to ${moment(range.to, zone)}`
  if (range.last === undefined) return 'The newest readings'
  return {
    day: 'The last day',
    week: 'The last 7 days, hour by hour',
    month: 'The last 30 days, hour by hour',
    year: 'The last 365 days, day by day',
  }[range.last]
}

const makeTile = (title: string) => {
  const [value, note] = [make('span', { className: 'big' }), make('span', { className: 'hint' })]
  const element = make('div', { className: 'tile' }, make('span', { className: 'hint' }, title), value, note)
  return {
    element,
    show({ attainment, gap, goal, actual }: Total) {
      say(value, share(attainment))
      value.classList.toggle('behind', gap !== null && gap < 0)
      say(
        note,
        gap === null || goal === null ? `${figure(actual)} made, no goal` : `${figure(goal + gap)} of ${figure(goal)}, ${gapOf(gap)}`,
      )
      note.title = gapInWords(gap)
    },
  }
}

/** What the chart shows, in words. */
const describe = ({ time, sprocket_production_actual: actual, sprocket_production_goal: goal }: Series, zone: string): string => {
  const known = time.filter((_, n) => actual[n] != null || goal[n] != null)
  if (known.length === 0) return 'There is no data in this range.'
  // As the summary counts: over the readings that have a goal, if any of them says what was made.
  const judged = time.map((_, n) => n).filter((n) => goal[n] != null)
  const isKnown = judged.some((n) => actual[n] != null)
  const [made, planned] = [actual, goal].map((column) => judged.reduce((total, n) => total + (column[n] ?? 0), 0)) as [number, number]
  const behind = judged.filter((n) => actual[n] != null && actual[n] < goal[n]!).length
  const figures = actual.filter((value) => value !== null)
  return [
    `${known.length} points from ${moment(known[0]!, zone)} to ${moment(known.at(-1)!, zone)}.`,
    figures.length ? `Made between ${figure(Math.min(...figures))} and ${figure(Math.max(...figures))}.` : '',
    isKnown
      ? `${figure(made)} made of ${figure(planned)} planned, ${gapInWords(made - planned)}; behind goal at ${behind} of ${judged.length} points.`
      : '',
    known.length < time.length ? `No data at ${time.length - known.length} points.` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/** A factory: how it stands, its chart over any range, its hours, and what one with a key can change. */
export const factoryPage = (api: Api, id: number, range: Range, go: (address: string) => void): Page => {
  const heading = make('h1', { tabIndex: -1 }, `Factory ${id}`)
  const about = make('p', { className: 'headline' })
  const tiles = { last_hour: makeTile('Last hour'), last_day: makeTile('Last day'), window: makeTile('Newest 500 readings') }
  const chartTitle = make('h2')
  const readout = make('p', { className: 'readout', 'aria-live': 'polite' })
  const chartBox = make('div', {
    className: 'chart',
    tabIndex: 0,
    role: 'group',
    'aria-label': 'Chart of made against planned; arrow keys read values',
  })
  const words = make('p', { className: 'hint', id: 'chart-words' })
  const points = make('div', { className: 'scroll tall', tabIndex: 0, role: 'region', 'aria-label': 'Every point of the chart' })
  const pointsBox = make('details', {}, make('summary', {}, 'The same as a table'), points)
  const hours = make('div', { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Hours of the last day' })
  const editing = make('div')
  const correcting = make('div')
  chartBox.setAttribute('aria-describedby', words.id)

  let zone = 'UTC'
  let chart: ReturnType<typeof makeChart> | undefined
  let latest: Reads['/api/factory/{id}/summary']['latest'] = null
  let series: Series | undefined
  let editors: ReturnType<typeof makeFactoryEditors> | undefined
  let ended = false

  const show = (next: Range) => go(addressOf({ show: 'factory', id, range: next }))

  /** The stretch that is shown, for zooming and moving by button. */
  const stretch = (): [number, number] => {
    if ('from' in range) return [range.from, range.to]
    const time = series?.time ?? []
    return [time[0] ?? 0, (time.at(-1) ?? 0) + 1]
  }
  const move = (from: (from: number, width: number) => number, width: (width: number) => number) => () => {
    const [start, end] = stretch()
    const first = Math.round(from(start, end - start))
    show({ from: first, to: first + Math.max(60, Math.round(width(end - start))) })
  }
  const same = (width: number) => width
  const tools = [
    ['←', 'Earlier', move((from, width) => from - width / 2, same)],
    ['→', 'Later', move((from, width) => from + width / 2, same)],
    [
      '+',
      'Zoom in',
      move(
        (from, width) => from + width / 4,
        (width) => width / 2,
      ),
    ],
    [
      '−',
      'Zoom out',
      move(
        (from, width) => from - width / 2,
        (width) => width * 2,
      ),
    ],
  ] as const
  const links = [undefined, ...RANGES].map((last) => {
    const link = make('a', { href: addressOf({ show: 'factory', id, range: { last } }) }, last ?? 'newest')
    if (!('from' in range) && range.last === last) link.setAttribute('aria-current', 'true')
    return link
  })

  const [from, to] = [
    make('input', { type: 'datetime-local', step: '1', id: 'from' }),
    make('input', { type: 'datetime-local', step: '1', id: 'to' }),
  ]
  const custom = make(
    'form',
    { className: 'custom' },
    make('label', { htmlFor: 'from' }, 'From ', from),
    make('label', { htmlFor: 'to' }, 'to ', to),
    make('button', { type: 'submit' }, 'Show'),
  )
  custom.addEventListener('submit', (event) => {
    event.preventDefault()
    const bounds = [from, to].map(({ value }) => fromLocal(value, zone))
    if (bounds[0] === undefined || bounds[1] === undefined || bounds[0] >= bounds[1])
      to.setCustomValidity('The end must lie after the beginning.')
    else show({ from: bounds[0], to: bounds[1] })
    custom.reportValidity()
  })
  for (const input of [from, to]) input.addEventListener('input', () => to.setCustomValidity(''))

  const element = make(
    'div',
    {},
    heading,
    about,
    make('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    make(
      'section',
      { className: 'card', 'aria-labelledby': 'chart-title' },
      make('div', { className: 'bar' }, chartTitle, make('nav', { className: 'ranges', 'aria-label': 'Range' }, ...links)),
      make(
        'div',
        { className: 'bar' },
        make(
          'p',
          { className: 'legend' },
          make('span', { className: 'sample actual', 'aria-hidden': 'true' }),
          'made ',
          make('span', { className: 'sample goal', 'aria-hidden': 'true' }),
          'planned',
        ),
        make(
          'div',
          { className: 'tools', role: 'group', 'aria-label': 'Move through time' },
          ...tools.map(([sign, label, onclick]) => make('button', { type: 'button', title: label, 'aria-label': label, onclick }, sign)),
        ),
      ),
      readout,
      chartBox,
      words,
      custom,
      pointsBox,
    ),
    correcting,
    make('section', { className: 'card', 'aria-labelledby': 'hours' }, make('h2', { id: 'hours' }, 'Hour by hour'), hours),
    editing,
  )
  chartTitle.id = 'chart-title'

  const showPoints = () => {
    if (!pointsBox.open || !series) return
    const raw = !('from' in range) && (range.last === undefined || range.last === 'day')
    const correct =
      editors && raw ? (time: number) => void editors?.correct(time).catch((error: Error) => say(readout, error.message)) : undefined
    points.replaceChildren(pointsTable(series, zone, correct))
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
    const { fresh, words: since } = freshness(latest, Date.now(), zone)
    say(
      about,
      [
        zone,
        `${fresh ? '●' : '○'} ${latest && fresh ? `last reading ${since}` : since}`,
        latest ? `made ${figure(latest.actual)}, planned ${figure(latest.goal)}` : '',
      ]
        .filter(Boolean)
        .join(' · '),
    )
  }

  const page: Page = {
    title: `Factory ${id}`,
    heading,
    element,
    async refresh(signal) {
      const asked =
        'from' in range ? { from: range.from, to: range.to, points: POINTS } : range.last === undefined ? {} : { last: range.last }
      const drawing = import('./chart.ts')
      const [summary, profile, data] = await Promise.all([
        api.client.get('/api/factory/{id}/summary', { id }, { signal }),
        api.client.get('/api/factory/{id}/profile', { id }, { signal }),
        api.client.get('/api/factory/{id}/chart-data', { id, ...asked }, { signal }),
      ]).catch((error: unknown) => {
        if (error instanceof Refusal && error.status === 404) say(heading, `There is no factory ${id}`)
        throw error
      })
      const { makeChart } = await drawing
      if (ended) return
      const moved = zone !== profile.data.time_zone
      zone = profile.data.time_zone
      latest = summary.data.latest
      say(heading, nameOf(summary.data))
      page.title = nameOf(summary.data)
      for (const [name, tile] of Object.entries(tiles)) tile.show(summary.data[name as keyof typeof tiles])
      say(chartTitle, titleOf(range, zone))
      if (summary.changed || moved || !hours.hasChildNodes()) hours.replaceChildren(hoursTable(summary.data.hours, zone))
      if (data.changed || moved || !chart) {
        series = data.data
        chart ??= makeChart(chartBox, readout, (start, end) => show({ from: start, to: end }))
        chart.show(series, zone)
        say(words, describe(series, zone))
        const [start, end] = stretch()
        if (document.activeElement !== from && document.activeElement !== to && start) {
          from.value = toLocal(start, zone)
          to.value = toLocal(end, zone)
        }
        showPoints()
      }
      showEditors()
      tick()
    },
    tick,
    end() {
      ended = true
      chart?.end()
    },
  }
  return page
}

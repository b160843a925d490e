import type { Reads } from '../client/operations.ts'
import { formatViewUrl } from './view-url.ts'
import type { Api } from './api.ts'
import { arrange, h, createName, setText } from './dom.ts'
import { createSparkline } from './sparkline.ts'
import { createTile } from './stat-tile.ts'
import { formatCount, formatNumber, describeFreshness, formatGap, displayName, formatPercent, UNKNOWN } from './format.ts'
import type { Page } from './page.ts'

type Summary = Reads['/api/summary']
type Row = Summary['factories'][number]

const COLUMNS = ['Factory', 'Attainment', 'Made', 'Planned', 'Gap', 'Hours of the last day', 'Last reading']

/** Creates a bar that is full at twice the goal, with a mark at the goal. */
const createMeter = () => {
  const fill = h('span', { className: 'fill' })
  const meter = h('span', { className: 'meter', 'aria-hidden': 'true' }, fill)
  return {
    meter,
    set(attainment: number | null) {
      meter.hidden = attainment === null
      fill.style.width = `${Math.min(100, (attainment ?? 0) * 50)}%`
      meter.classList.toggle('behind', attainment !== null && attainment < 1)
    },
  }
}

/** Creates the row of one factory. Its hours are requested when the row becomes visible. */
const createRow = (id: number) => {
  const name = createName()
  const link = h('a', { href: formatViewUrl({ show: 'factory', id, range: { last: undefined } }) }, name)
  const { meter, set } = createMeter()
  const attainment = h('span', { className: 'big' })
  const [made, planned, gap, hours, latest] = [h('td'), h('td'), h('td'), h('td'), h('td')]
  const cells: [HTMLElement, string][] = [
    [h('td', {}, attainment, meter), 'Attainment'],
    [made, 'Made'],
    [planned, 'Planned'],
    [gap, 'Gap'],
    [hours, 'Hours'],
    [latest, 'Latest'],
  ]
  for (const [cell, label] of cells) {
    cell.setAttribute('role', 'cell')
    cell.dataset['label'] = label
    cell.className = label.toLowerCase()
  }
  const element = h('tr', { role: 'row' }, h('th', { role: 'rowheader', scope: 'row' }, link), ...cells.map(([cell]) => cell))
  return {
    element,
    hours,
    show(row: Row, now: number) {
      const { last_day: day } = row
      const { fresh, words } = describeFreshness(row.latest, day.readings, now)
      element.classList.toggle('silent', !fresh)
      setText(name, displayName(row))
      setText(attainment, formatPercent(day.attainment))
      set(day.attainment)
      setText(made, formatNumber(day.actual))
      setText(planned, formatNumber(day.goal))
      setText(gap, formatGap(day.gap))
      gap.classList.toggle('behind', day.gap !== null && day.gap < 0)
      setText(latest, `${fresh ? '●' : '○'} ${words}`)
      return fresh
    },
  }
}

/** Sums the last day of several factories. Goal and gap cover only readings that have a goal. */
const sumLastDays = (rows: Row[]) => {
  const add = (figures: (number | null)[]) => {
    const known = figures.filter((value) => value !== null)
    return known.length ? known.reduce((a, b) => a + b) : null
  }
  const withGoal = rows.filter(({ last_day }) => last_day.gap !== null)
  const [goal, gap] = [add(withGoal.map(({ last_day }) => last_day.goal)), add(withGoal.map(({ last_day }) => last_day.gap))]
  const attainment = goal === null || gap === null || goal === 0 ? null : (goal + gap) / goal
  return { actual: add(rows.map(({ last_day }) => last_day.actual)), goal, gap, attainment }
}

/** Creates the overview of all factories, furthest behind goal first. It is made for wall screens. */
export const createOverviewPage = (api: Api): Page => {
  const organisation = createName()
  const count = h('span')
  const headline = h('p', { className: 'headline' }, organisation, count)
  const tiles = { day: createTile('Last day'), behind: createTile('Behind goal'), silent: createTile('Silent') }
  const tileRow = h('div', { className: 'tiles', hidden: true }, ...Object.values(tiles).map((tile) => tile.element))
  const body = h('tbody', { role: 'rowgroup' })
  const head = h(
    'tr',
    { role: 'row' },
    ...COLUMNS.map((name) => h('th', { scope: 'col', role: 'columnheader', className: name.toLowerCase() }, name)),
  )
  const table = h(
    'table',
    { className: 'factories', role: 'table', 'aria-label': 'Factories, furthest behind goal first' },
    h('thead', { role: 'rowgroup' }, head),
    body,
  )
  const empty = h(
    'p',
    { className: 'hint', hidden: true },
    'There are no factories yet. An engineer can create one with POST /api/factories.',
  )
  const heading = h('h1', { tabIndex: -1 }, 'Factories')
  const rows = new Map<number, ReturnType<typeof createRow>>()
  const requestedHours = new Set<number>()
  let current: Summary | undefined

  const showHours = async (id: number, signal?: AbortSignal) => {
    const row = rows.get(id)
    if (!row) return
    const { data, changed } = await api.client.get('/api/factory/{id}/summary', { id }, signal ? { signal } : {})
    if (changed || row.hours.childElementCount === 0)
      row.hours.replaceChildren(...(data.hours.length ? [createSparkline(data.hours)] : ['–']))
  }
  const visibility = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const id = Number((target as HTMLElement).dataset['id'])
        if (isIntersecting && !requestedHours.has(id)) {
          requestedHours.add(id)
          // A row is complete without its sparkline. The next refresh tries again.
          showHours(id).catch(() => requestedHours.delete(id))
        }
      }
    },
    { rootMargin: '200px' },
  )

  const show = (summary: Summary) => {
    const now = Date.now()
    setText(organisation, summary.organisation)
    setText(count, ` · ${formatCount(summary.factories.length, 'factory', 'factories')}, furthest behind goal first`)
    const reporting: Row[] = []
    for (const factory of summary.factories) {
      let row = rows.get(factory.id)
      if (!row) {
        row = createRow(factory.id)
        row.element.dataset['id'] = String(factory.id)
        rows.set(factory.id, row)
        visibility.observe(row.element)
      }
      if (row.show(factory, now)) reporting.push(factory)
    }
    const silent = summary.factories.length - reporting.length
    arrange(
      body,
      summary.factories.map(({ id }) => rows.get(id)!.element),
    )
    for (const id of rows.keys()) if (!summary.factories.some((factory) => factory.id === id)) rows.delete(id)
    const withGoal = reporting.filter(({ last_day }) => last_day.gap !== null)
    const behind = withGoal.filter(({ last_day }) => last_day.gap! < 0).length
    tiles.day.setTitle(
      silent === 0 || reporting.length === 0 ? 'Last day of each' : `Last day of the ${formatNumber(reporting.length)} that report`,
    )
    if (reporting.length > 0) tiles.day.show(sumLastDays(reporting))
    else tiles.day.set(UNKNOWN, 'no factory reports', 'quiet')
    tiles.behind.set(formatNumber(behind), `of ${withGoal.length} with a goal`, behind > 0 ? 'behind' : '')
    tiles.silent.set(
      formatNumber(silent),
      silent === 0 ? 'all factories report' : 'excluded from the other tiles',
      silent > 0 ? 'quiet' : '',
    )
    tileRow.hidden = summary.factories.length === 0
    empty.hidden = summary.factories.length > 0
    table.hidden = summary.factories.length === 0
  }

  return {
    title: 'Factories',
    heading,
    element: h('div', {}, heading, headline, tileRow, h('div', { className: 'card' }, table, empty)),
    async refresh(signal) {
      const { data, changed } = await api.client.get('/api/summary', {}, { signal })
      const previous = new Map(current?.factories.map((factory) => [factory.id, JSON.stringify(factory)]))
      current = data
      show(data)
      if (!changed) return
      const changedRows = data.factories.filter(
        (factory) => requestedHours.has(factory.id) && previous.get(factory.id) !== JSON.stringify(factory),
      )
      await Promise.all(changedRows.map(({ id }) => showHours(id, signal)))
    },
    updateTimes: () => current && show(current),
    end: () => visibility.disconnect(),
  }
}

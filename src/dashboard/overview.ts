import type { Reads } from '../client/operations.ts'
import { addressOf } from './view-url.ts'
import type { Api } from './api.ts'
import { arrange, h, makeName, setText } from './dom.ts'
import { makeSpark } from './sparkline.ts'
import { makeTile } from './stat-tile.ts'
import { counted, formatNumber, freshness, gapOf, nameOf, formatPercent, UNKNOWN } from './format.ts'
import type { Page } from './page.ts'

type Summary = Reads['/api/summary']
type Row = Summary['factories'][number]

const COLUMNS = ['Factory', 'Attainment', 'Made', 'Planned', 'Gap', 'Hours of the last day', 'Last reading']

/** A bar that is full at twice the goal, with a mark at the goal. */
const makeMeter = () => {
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

/** The row of one factory. Its hours are asked for when it comes into sight. */
const makeRow = (id: number) => {
  const name = makeName()
  const link = h('a', { href: addressOf({ show: 'factory', id, range: { last: undefined } }) }, name)
  const { meter, set } = makeMeter()
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
      const { fresh, words } = freshness(row.latest, day.readings, now)
      element.classList.toggle('silent', !fresh)
      setText(name, nameOf(row))
      setText(attainment, formatPercent(day.attainment))
      set(day.attainment)
      setText(made, formatNumber(day.actual))
      setText(planned, formatNumber(day.goal))
      setText(gap, gapOf(day.gap))
      gap.classList.toggle('behind', day.gap !== null && day.gap < 0)
      setText(latest, `${fresh ? '●' : '○'} ${words}`)
      return fresh
    },
  }
}

/** The last days of factories together, over the readings that have a goal. */
const sumOf = (rows: Row[]) => {
  const add = (figures: (number | null)[]) => {
    const known = figures.filter((value) => value !== null)
    return known.length ? known.reduce((a, b) => a + b) : null
  }
  const judged = rows.filter(({ last_day }) => last_day.gap !== null)
  const [goal, gap] = [add(judged.map(({ last_day }) => last_day.goal)), add(judged.map(({ last_day }) => last_day.gap))]
  const attainment = goal === null || gap === null || goal === 0 ? null : (goal + gap) / goal
  return { actual: add(rows.map(({ last_day }) => last_day.actual)), goal, gap, attainment }
}

/** All factories, furthest behind its goal first: the view to leave on the wall. */
export const overviewPage = (api: Api): Page => {
  const organisation = makeName()
  const count = h('span')
  const headline = h('p', { className: 'headline' }, organisation, count)
  const tiles = { day: makeTile('Last day'), behind: makeTile('Behind goal'), silent: makeTile('Silent') }
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
    'There are no factories yet. An engineer can make one with POST /api/factories.',
  )
  const heading = h('h1', { tabIndex: -1 }, 'Factories')
  const rows = new Map<number, ReturnType<typeof makeRow>>()
  const seen = new Set<number>()
  let shown: Summary | undefined

  const showHours = async (id: number, signal?: AbortSignal) => {
    const row = rows.get(id)
    if (!row) return
    const { data, changed } = await api.client.get('/api/factory/{id}/summary', { id }, signal ? { signal } : {})
    if (changed || row.hours.childElementCount === 0) row.hours.replaceChildren(...(data.hours.length ? [makeSpark(data.hours)] : ['–']))
  }
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const id = Number((target as HTMLElement).dataset['id'])
        if (isIntersecting && !seen.has(id)) {
          seen.add(id)
          // Without its small line a row is still whole; the next refresh asks again.
          showHours(id).catch(() => seen.delete(id))
        }
      }
    },
    { rootMargin: '200px' },
  )

  const show = (summary: Summary) => {
    const now = Date.now()
    setText(organisation, summary.organisation)
    setText(count, ` · ${counted(summary.factories.length, 'factory', 'factories')}, furthest behind goal first`)
    const heard: Row[] = []
    for (const factory of summary.factories) {
      let row = rows.get(factory.id)
      if (!row) {
        row = makeRow(factory.id)
        row.element.dataset['id'] = String(factory.id)
        rows.set(factory.id, row)
        sight.observe(row.element)
      }
      if (row.show(factory, now)) heard.push(factory)
    }
    const silent = summary.factories.length - heard.length
    arrange(
      body,
      summary.factories.map(({ id }) => rows.get(id)!.element),
    )
    for (const id of rows.keys()) if (!summary.factories.some((factory) => factory.id === id)) rows.delete(id)
    const judged = heard.filter(({ last_day }) => last_day.gap !== null)
    const behind = judged.filter(({ last_day }) => last_day.gap! < 0).length
    tiles.day.setTitle(
      silent === 0 || heard.length === 0 ? 'Last day of each' : `Last day of the ${formatNumber(heard.length)} that report`,
    )
    if (heard.length > 0) tiles.day.show(sumOf(heard))
    else tiles.day.set(UNKNOWN, 'no factory reports now', 'quiet')
    tiles.behind.set(formatNumber(behind), `of ${judged.length} with a goal`, behind > 0 ? 'behind' : '')
    tiles.silent.set(formatNumber(silent), silent === 0 ? 'all are heard of' : 'not in the other figures', silent > 0 ? 'quiet' : '')
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
      const before = new Map(shown?.factories.map((factory) => [factory.id, JSON.stringify(factory)]))
      shown = data
      show(data)
      if (!changed) return
      const moved = data.factories.filter((factory) => seen.has(factory.id) && before.get(factory.id) !== JSON.stringify(factory))
      await Promise.all(moved.map(({ id }) => showHours(id, signal)))
    },
    tick: () => shown && show(shown),
    end: () => sight.disconnect(),
  }
}

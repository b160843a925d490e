import type { Reads } from '../client/contract.ts'
import { addressOf } from './address.ts'
import type { Api } from './api.ts'
import { arrange, make, say } from './element.ts'
import { makeSpark } from './spark.ts'
import { figure, freshness, gapInWords, gapOf, nameOf, share } from './words.ts'
import type { Page } from './page.ts'

type Summary = Reads['/api/summary']
type Row = Summary['factories'][number]

const COLUMNS = ['Factory', 'Attainment', 'Made', 'Planned', 'Gap', 'Hours of the last day', 'Last reading']

/** A bar that is full at twice the goal, with a mark at the goal. */
const makeMeter = () => {
  const fill = make('span', { className: 'fill' })
  const meter = make('span', { className: 'meter', 'aria-hidden': 'true' }, fill)
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
  const name = make('a', { href: addressOf({ show: 'factory', id, range: { last: undefined } }) })
  const { meter, set } = makeMeter()
  const attainment = make('span', { className: 'big' })
  const [made, planned, gap, hours, latest] = [make('td'), make('td'), make('td'), make('td'), make('td')]
  const cells: [HTMLElement, string][] = [
    [make('td', {}, attainment, meter), 'Attainment'],
    [made, 'Made'],
    [planned, 'Planned'],
    [gap, 'Gap'],
    [hours, 'Hours'],
    [latest, 'Last reading'],
  ]
  for (const [cell, label] of cells) {
    cell.setAttribute('role', 'cell')
    cell.dataset['label'] = label
  }
  hours.className = 'hours'
  const element = make('tr', { role: 'row' }, make('th', { role: 'rowheader', scope: 'row' }, name), ...cells.map(([cell]) => cell))
  return {
    element,
    hours,
    show(row: Row, now: number) {
      const { last_day: day } = row
      const { fresh, words } = freshness(row.latest, now)
      say(name, nameOf(row))
      say(attainment, share(day.attainment))
      set(day.attainment)
      say(made, figure(day.actual))
      say(planned, figure(day.goal))
      say(gap, gapOf(day.gap))
      gap.className = day.gap !== null && day.gap < 0 ? 'behind' : ''
      say(latest, `${fresh ? '●' : '○'} ${words}`)
      latest.className = fresh ? '' : 'silent'
    },
  }
}

/** All factories, furthest behind its goal first: the view to leave on the wall. */
export const overviewPage = (api: Api): Page => {
  const headline = make('p', { className: 'headline' })
  const body = make('tbody', { role: 'rowgroup' })
  const head = make('tr', { role: 'row' }, ...COLUMNS.map((name) => make('th', { scope: 'col', role: 'columnheader' }, name)))
  const table = make(
    'table',
    { className: 'factories', role: 'table', 'aria-label': 'Factories, furthest behind goal first' },
    make('thead', { role: 'rowgroup' }, head),
    body,
  )
  const empty = make(
    'p',
    { className: 'hint', hidden: true },
    'There are no factories yet. An engineer can make one with POST /api/factories.',
  )
  const heading = make('h1', { tabIndex: -1 }, 'Factories')
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
    const { total } = summary
    const words = [
      summary.organisation,
      `${summary.factories.length} ${summary.factories.length === 1 ? 'factory' : 'factories'}`,
      total.gap === null || total.goal === null
        ? `last day ${figure(total.actual)} made`
        : `last day ${figure(total.goal + total.gap)} made of ${figure(total.goal)} planned`,
      share(total.attainment),
      gapInWords(total.gap),
    ]
    say(headline, words.join(' · '))
    for (const factory of summary.factories) {
      let row = rows.get(factory.id)
      if (!row) {
        row = makeRow(factory.id)
        row.element.dataset['id'] = String(factory.id)
        rows.set(factory.id, row)
        sight.observe(row.element)
      }
      row.show(factory, now)
    }
    arrange(
      body,
      summary.factories.map(({ id }) => rows.get(id)!.element),
    )
    for (const id of rows.keys()) if (!summary.factories.some((factory) => factory.id === id)) rows.delete(id)
    empty.hidden = summary.factories.length > 0
    table.hidden = summary.factories.length === 0
  }

  return {
    title: 'Factories',
    heading,
    element: make('div', {}, heading, headline, make('div', { className: 'card' }, table, empty)),
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

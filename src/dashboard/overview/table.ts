import { arrange, h, setText } from '../elements/dom.ts'
import { formatCount } from '../values/format.ts'
import { COLUMNS, METER_MAX } from './row.ts'

const SCALE = `Bars reach from 0 to ${METER_MAX * 100} %, with a mark at 100 %. A longer bar ends with an arrow.`

/** Creates the table of factories, with those without data apart from the others. */
export const createFactoryTable = () => {
  const [body, silentBody] = [h('tbody', { role: 'rowgroup' }), h('tbody', { role: 'rowgroup', className: 'apart' })]
  const silentTitle = h('th', { role: 'columnheader', colSpan: COLUMNS.length, scope: 'rowgroup' })
  const silentHead = h('tr', { role: 'row', className: 'group' }, silentTitle)
  const head = h(
    'tr',
    { role: 'row' },
    ...COLUMNS.map((name) =>
      h(
        'th',
        {
          scope: 'col',
          role: 'columnheader',
          className: name.toLowerCase().replaceAll(' ', '-'),
          title: name === 'Last 24 h' ? SCALE : '',
        },
        name,
      ),
    ),
  )
  const element = h(
    'table',
    { className: 'factories', role: 'table', 'aria-label': 'Factories', hidden: true },
    h('thead', { role: 'rowgroup' }, head),
    body,
    silentBody,
  )
  const empty = h('p', { className: 'hint', hidden: true })
  return {
    element,
    empty,
    setCompact: (isCompact: boolean) => element.classList.toggle('compact', isCompact),
    show(rows: HTMLElement[], silentRows: HTMLElement[], all: number) {
      arrange(body, rows)
      arrange(silentBody, silentRows.length ? [silentHead, ...silentRows] : [])
      setText(silentTitle, `No data · ${formatCount(silentRows.length, 'factory', 'factories')}, not in the figure of the last 24 h`)
      const isEmpty = rows.length + silentRows.length === 0
      element.hidden = isEmpty
      empty.hidden = !isEmpty
      setText(
        empty,
        all === 0
          ? 'There are no factories yet. An engineer can create one with POST /api/factories.'
          : 'No factory matches the search and the state.',
      )
    },
  }
}

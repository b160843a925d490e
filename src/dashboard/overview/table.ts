import { arrange, h, setText } from '../elements/dom.ts'
import { METER_MAX } from './row.ts'
import { texts } from '../texts/overview.ts'

const COLUMNS = Object.entries(texts.columns)

/** Creates the table of factories, with those without data apart from the others. */
export const createFactoryTable = () => {
  const [body, silentBody] = [h('tbody', { role: 'rowgroup' }), h('tbody', { role: 'rowgroup', className: 'apart' })]
  const silentTitle = h('th', { role: 'columnheader', colSpan: COLUMNS.length, scope: 'rowgroup' })
  const silentHead = h('tr', { role: 'row', className: 'group' }, silentTitle)
  const head = h(
    'tr',
    { role: 'row' },
    ...COLUMNS.map(([column, name]) =>
      h(
        'th',
        {
          scope: 'col',
          role: 'columnheader',
          className: column,
          title: column === 'attainment' ? texts.scale(METER_MAX * 100) : '',
        },
        name,
      ),
    ),
  )
  const element = h(
    'table',
    { className: 'factories', role: 'table', 'aria-label': texts.title, hidden: true },
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
      setText(silentTitle, texts.silentFactories(silentRows.length))
      const isEmpty = rows.length + silentRows.length === 0
      element.hidden = isEmpty
      empty.hidden = !isEmpty
      setText(empty, all === 0 ? texts.noFactories : texts.noMatch)
    },
  }
}

import { findBands, formatBands, parseBands, saveBands } from '../values/bands.ts'
import { h, setText } from '../elements/dom.ts'
import { SORTS } from './options.ts'
import type { OverviewOptions, Sort } from './options.ts'
import { texts } from '../texts/overview.ts'

/** Creates the form that sets the bands of this browser. */
const createBandsForm = (options: () => OverviewOptions, change: (changes: Partial<OverviewOptions>) => void) => {
  const field = (id: string) => h('input', { id, type: 'number', min: '1', max: '200', step: '0.1', required: true })
  const [green, amber] = [field('band-green'), field('band-amber')]
  const status = h('span', { className: 'hint', role: 'status' })
  const fill = () => {
    const [first, second] = formatBands(findBands(options().bands)).split(',')
    green.value = first!
    amber.value = second!
  }
  const form = h(
    'form',
    { className: 'bar' },
    h('label', { htmlFor: green.id }, `${texts.greenFrom} `, green, ' %'),
    h('label', { htmlFor: amber.id }, `${texts.amberFrom} `, amber, ' %'),
    h('button', { type: 'submit' }, texts.useBands),
    status,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const bands = parseBands(`${green.value},${amber.value}`)
    setText(status, bands ? texts.bandsStored : texts.bandsInvalid)
    if (!bands) return
    saveBands(bands)
    change({ bands })
  })
  const summary = h('summary', {}, texts.bands)
  const details = h('details', { className: 'bands' }, summary, form)
  // The event `toggle` may come after the first input of the user.
  summary.addEventListener('click', () => details.open || fill())
  fill()
  return details
}

/**
 * Creates the tools of the overview: search, order, density and bands.
 * @param others further elements at the end of the row
 */
export const createTools = (options: () => OverviewOptions, change: (changes: Partial<OverviewOptions>) => void, others: HTMLElement[]) => {
  const search = h('input', { type: 'search', placeholder: texts.search, ariaLabel: texts.searchFactories, autocomplete: 'off' })
  search.addEventListener('input', () => change({ search: search.value }))
  const sort = h('select', { id: 'sort' }, ...SORTS.map((value) => h('option', { value }, texts.sorts[value])))
  sort.addEventListener('change', () => change({ sort: sort.value as Sort }))
  const compact = h('button', { type: 'button', className: 'quiet' }, texts.compact)
  compact.addEventListener('click', () => change({ isCompact: !options().isCompact }))
  return {
    element: h(
      'div',
      { className: 'bar tools' },
      search,
      h('label', { htmlFor: sort.id }, `${texts.sortBy} `, sort),
      compact,
      createBandsForm(options, change),
      ...others,
    ),
    show() {
      const { search: text, sort: order, isCompact } = options()
      if (search.value !== text) search.value = text
      sort.value = order
      compact.setAttribute('aria-pressed', String(isCompact))
    },
  }
}

import { createName, h, setText } from '../elements/dom.ts'
import { createScrollRegion } from '../elements/scroll-region.ts'
import { formatDuration } from '../values/format.ts'
import { formatNumber, formatPercent } from '../values/numbers.ts'
import { createTableHead } from '../elements/table-head.ts'
import type { Pareto } from './load-analysis.ts'
import type { FactoryData } from './load-factory.ts'
import { texts } from '../texts/stops.ts'

const createRow = ({ reason, name, category, count, seconds, share, cumulative_share }: Pareto['reasons'][number]) => {
  const bar = h('span', { className: `bar-of ${reason === null ? 'without' : (category ?? '')}`, 'aria-hidden': 'true' })
  bar.style.width = `${100 * share}%`
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      reason === null ? h('span', { className: 'unexplained' }, `? ${texts.noReason}`) : createName(name ?? reason),
      category !== null && h('span', { className: 'hint' }, ` ${texts.categories[category]}`),
      h('span', { className: 'bar-track' }, bar),
    ),
    ...[formatNumber(count), formatDuration(seconds), formatPercent(share), formatPercent(cumulative_share)].map((text) =>
      h('td', {}, text),
    ),
  )
}

/** Creates the stops by reason, the reason with the most time first. */
export const createPareto = () => {
  const total = h('span', { className: 'hint' })
  const box = createScrollRegion(texts.reasonsOfStops)
  const element = h(
    'section',
    { className: 'card', 'aria-labelledby': 'pareto', hidden: true },
    h('div', { className: 'bar' }, h('h2', { id: 'pareto' }, texts.byReason), total),
    box,
  )
  let shown: Pareto | undefined
  return {
    element,
    show({ pareto }: FactoryData) {
      element.hidden = pareto === undefined
      if (!pareto || pareto === shown) return
      shown = pareto
      setText(total, pareto.reasons.length === 0 ? '' : texts.ofPlannedTime(formatDuration(pareto.seconds)))
      box.replaceChildren(
        pareto.reasons.length === 0
          ? h('p', { className: 'hint' }, texts.noStops)
          : h(
              'table',
              { className: 'figures pareto' },
              createTableHead(Object.values(texts.pareto)),
              h('tbody', {}, ...pareto.reasons.map(createRow)),
            ),
      )
    },
  }
}

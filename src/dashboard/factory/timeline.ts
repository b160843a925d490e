import type { Layout } from '../chart/chart.ts'
import { h, replaceContent } from '../elements/dom.ts'
import { formatDuration, formatSpan } from '../values/format.ts'
import type { State, Stop } from './hour-rows.ts'
import type { FactoryData } from './load-factory.ts'
import { describeStop } from './stop-words.ts'
import { texts } from '../texts/stops.ts'
import { texts as valueTexts } from '../texts/values.ts'

const { states } = valueTexts

/** The states of a machine, in the order of the legend. */
const MACHINE_STATES = ['running', 'stopped', 'no-data', 'not-planned'] as const satisfies State['state'][]

/** Describes the states in one sentence, for screen readers. */
const describeStates = (parts: State[]): string => {
  const seconds = Map.groupBy(parts, ({ state }) => state)
  return MACHINE_STATES.flatMap((state) => {
    const spans = seconds.get(state)
    return spans ? `${states[state]} ${formatDuration(spans.reduce((total, { from, to }) => total + to - from, 0))}` : []
  }).join(', ')
}

/**
 * Creates the timeline of a machine: its states and its stops on the x axis of the chart. It is hidden for ranges without states.
 * @param isExpected true if the first range probably has states. The timeline then takes its place before its data is loaded
 * @param openStop opens the form of a stop. Keys that may not classify stops have no buttons
 */
export const createTimeline = (openStop: (stop: Stop) => void, isExpected: boolean) => {
  const bar = h('div', { className: 'states', role: 'img' })
  const stopBar = h('div', { className: 'stops', role: 'group', 'aria-label': texts.inTimeline })
  const track = h('div', { className: 'track' }, bar, stopBar)
  const legend = h(
    'p',
    { className: 'legend states-legend', 'aria-hidden': 'true' },
    ...MACHINE_STATES.map((state) => h('span', {}, h('span', { className: `swatch ${state}` }), states[state])),
    h('span', {}, h('span', { className: 'swatch explained' }), texts.withReason),
    h('span', {}, h('span', { className: 'swatch unexplained' }), texts.withoutReason),
  )
  const element = h('div', { className: 'timeline', hidden: !isExpected }, track, legend)
  let data: FactoryData | undefined
  let layout: Layout | undefined

  /** Puts an element at its time in the track; undefined outside the interval of the chart. */
  const place = <Element extends HTMLElement>(part: Element, from: number, to: number): Element | undefined => {
    const [start, end] = layout!.interval
    const [first, last] = [Math.max(from, start), Math.min(to, end)]
    if (first >= last) return undefined
    part.style.left = `${(100 * (first - start)) / (end - start)}%`
    part.style.width = `${(100 * (last - first)) / (end - start)}%`
    return part
  }

  const createStop = (stop: Stop) => {
    const label = describeStop(stop, data!)
    const className = stop.reason === null ? 'unexplained' : 'explained'
    const part = data!.mayClassify
      ? h('button', { type: 'button', className, title: label, 'aria-label': label, onclick: () => openStop(stop) })
      : h('span', { role: 'img', className, title: label, 'aria-label': label })
    return place(part, stop.from, stop.to ?? stop.from + stop.seconds)
  }

  const draw = () => {
    if (!data?.states || !layout) return
    track.style.marginLeft = `${layout.left}px`
    track.style.width = `${layout.width}px`
    const { zone } = data
    bar.replaceChildren(
      ...data.states.flatMap(({ from, to, state }) => {
        const title = `${states[state]} ${formatSpan(from, to, zone)}, ${formatDuration(to - from)}`
        return place(h('span', { className: state, title }), from, to) ?? []
      }),
    )
    bar.setAttribute('aria-label', texts.states(describeStates(data.states)))
    replaceContent(
      stopBar,
      data.stops!.flatMap((stop) => createStop(stop) ?? []),
    )
  }

  return {
    element,
    /** Follows the x axis of the chart. */
    align(next: Layout) {
      const isSame =
        layout?.left === next.left && layout.width === next.width && layout.interval.every((each, n) => each === next.interval[n])
      if (isSame) return
      layout = next
      draw()
    },
    show(next: FactoryData) {
      element.hidden = next.states === undefined
      const parts = ['states', 'stops', 'reasons', 'mayClassify'] as const
      const isSame = data && parts.every((part) => data![part] === next[part])
      if (isSame) return
      data = next
      draw()
    },
  }
}

import { h } from '../elements/dom.ts'
import { formatDuration, formatNumber, formatPercent } from '../values/format.ts'
import { createTile } from '../elements/stat-tile.ts'
import type { Oee } from './load-analysis.ts'
import type { FactoryData } from './load-factory.ts'

/** Returns the time in which the machine should have run: planned time without planned stops, time without demand and without data. */
const computeBusySeconds = ({ planned_seconds, stops }: Oee): number =>
  planned_seconds - stops.planned_seconds - stops.no_demand_seconds - stops.no_data_seconds

const describeAvailability = (oee: Oee): string => {
  const busy = computeBusySeconds(oee)
  if (oee.planned_seconds === 0) return 'no planned time yet'
  return busy <= 0 ? 'no data in planned time' : `ran ${formatDuration(oee.run_seconds)} of ${formatDuration(busy)}`
}

const describePerformance = (oee: Oee, ideal: number | undefined): string => {
  if (ideal === undefined) return 'needs the ideal speed of the factory'
  if (oee.performance === null) return oee.actual === null ? 'no production known' : 'no run time yet'
  return `${formatNumber(oee.actual)} of ${formatNumber(Math.round((ideal * oee.run_seconds) / 3600))} at ideal speed`
}

const describeQuality = ({ quality, scrap, inspected }: Oee): string =>
  quality === null || scrap === null || inspected === null
    ? 'needs scrap in the readings'
    : `${formatNumber(inspected - scrap)} good of ${formatNumber(inspected)}`

/** Names the factors that are missing for OEE. */
const describeOee = (oee: Oee): string => {
  const missing = (['availability', 'performance', 'quality'] as const).filter((factor) => oee[factor] === null)
  return missing.length === 0 ? 'product of the three' : `needs ${missing.join(' and ')}`
}

/** Lists every input of OEE with its value. */
const listInputs = (oee: Oee, ideal: number | undefined): [name: string, value: string][] => [
  ['Planned time up to the last reading', formatDuration(oee.planned_seconds)],
  ['Planned stops', formatDuration(oee.stops.planned_seconds)],
  ['No demand', formatDuration(oee.stops.no_demand_seconds)],
  ['No data', formatDuration(oee.stops.no_data_seconds)],
  ['Busy time', formatDuration(computeBusySeconds(oee))],
  ['Unplanned stops', formatDuration(oee.stops.unplanned_seconds)],
  ['Stops without a reason', formatDuration(oee.stops.unexplained_seconds)],
  ['Run time', formatDuration(oee.run_seconds)],
  ['Ideal speed', ideal === undefined ? 'not set' : `${formatNumber(ideal)} an hour`],
  ['Made', formatNumber(oee.actual)],
  ['Made with known scrap', formatNumber(oee.inspected)],
  ['Scrap', formatNumber(oee.scrap)],
]

/** Creates the tiles of OEE and its factors, with their inputs. A factor that is unknown says what it needs. */
export const createOee = () => {
  const tiles = {
    oee: createTile('OEE'),
    availability: createTile('Availability'),
    performance: createTile('Performance'),
    quality: createTile('Quality'),
  }
  const inputs = h('dl', { className: 'inputs' })
  const summary = h('summary', {}, 'Inputs of OEE')
  const details = h(
    'details',
    { className: 'card' },
    summary,
    inputs,
    h('p', { className: 'hint' }, h('a', { href: '/docs/definitions' }, 'Definitions')),
  )
  const element = h(
    'div',
    { className: 'oee' },
    h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    details,
  )
  let shown: Oee | undefined
  return {
    element,
    show({ oee, profile }: FactoryData) {
      element.hidden = oee === undefined
      if (!oee || oee === shown) return
      shown = oee
      const ideal = profile.ideal_per_hour
      tiles.oee.set(formatPercent(oee.oee), describeOee(oee))
      tiles.availability.set(formatPercent(oee.availability), describeAvailability(oee))
      tiles.performance.set(formatPercent(oee.performance), describePerformance(oee, ideal))
      tiles.quality.set(formatPercent(oee.quality), describeQuality(oee))
      inputs.replaceChildren(...listInputs(oee, ideal).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
    },
  }
}

import { h } from '../elements/dom.ts'
import { formatDuration } from '../values/format.ts'
import { formatNumber, formatPercent } from '../values/numbers.ts'
import { createTile } from '../elements/stat-tile.ts'
import type { Oee } from './load-analysis.ts'
import type { FactoryData } from './load-factory.ts'
import { texts as factoryTexts } from '../texts/factory.ts'

const texts = factoryTexts.oee

/** Returns the time in which the machine should have run: planned time without planned stops, time without demand and without data. */
const computeBusySeconds = ({ planned_seconds, stops }: Oee): number =>
  planned_seconds - stops.planned_seconds - stops.no_demand_seconds - stops.no_data_seconds

const describeAvailability = (oee: Oee): string => {
  const busy = computeBusySeconds(oee)
  if (oee.planned_seconds === 0) return texts.noPlannedTime
  return busy <= 0 ? texts.noData : texts.ran(formatDuration(oee.run_seconds), formatDuration(busy))
}

const describePerformance = (oee: Oee, ideal: number | undefined): string => {
  if (ideal === undefined) return texts.needsIdealSpeed
  if (oee.performance === null) return oee.actual === null ? texts.noProduction : texts.noRunTime
  return texts.atIdealSpeed(formatNumber(oee.actual), formatNumber(Math.round((ideal * oee.run_seconds) / 3600)))
}

const describeQuality = ({ quality, scrap, inspected }: Oee): string =>
  quality === null || scrap === null || inspected === null
    ? texts.needsScrap
    : texts.good(formatNumber(inspected - scrap), formatNumber(inspected))

/** Names the factors that are missing for OEE. */
const describeOee = (oee: Oee): string => {
  const missing = (['availability', 'performance', 'quality'] as const).filter((factor) => oee[factor] === null)
  return missing.length === 0 ? texts.product : texts.needs(missing.map((factor) => texts.factors[factor]))
}

/** Lists every input of OEE with its value. */
const listInputs = (oee: Oee, ideal: number | undefined): [name: string, value: string][] => [
  [texts.plannedTime, formatDuration(oee.planned_seconds)],
  [texts.plannedStops, formatDuration(oee.stops.planned_seconds)],
  [texts.noDemand, formatDuration(oee.stops.no_demand_seconds)],
  [texts.noDataTime, formatDuration(oee.stops.no_data_seconds)],
  [texts.busyTime, formatDuration(computeBusySeconds(oee))],
  [texts.unplannedStops, formatDuration(oee.stops.unplanned_seconds)],
  [texts.unexplainedStops, formatDuration(oee.stops.unexplained_seconds)],
  [texts.runTime, formatDuration(oee.run_seconds)],
  [texts.idealSpeed, ideal === undefined ? texts.notSet : texts.perHour(formatNumber(ideal))],
  [factoryTexts.made, formatNumber(oee.actual)],
  [texts.inspected, formatNumber(oee.inspected)],
  [texts.scrap, formatNumber(oee.scrap)],
]

/** Creates the tiles of OEE and its factors, with their inputs. A factor that is unknown says what it needs. */
export const createOee = () => {
  const tiles = {
    oee: createTile(texts.oee),
    availability: createTile(texts.availability),
    performance: createTile(texts.performance),
    quality: createTile(texts.quality),
  }
  const inputs = h('dl', { className: 'inputs' })
  const summary = h('summary', {}, texts.inputs)
  const details = h(
    'details',
    { className: 'card' },
    summary,
    inputs,
    h('p', { className: 'hint' }, h('a', { href: '/docs/definitions' }, texts.definitions)),
  )
  const element = h(
    'div',
    { className: 'oee' },
    h('div', { className: 'tiles' }, ...Object.values(tiles).map((tile) => tile.element)),
    details,
  )
  let shown: { oee: Oee; ideal: number | undefined } | undefined
  return {
    element,
    show({ oee, profile }: FactoryData) {
      element.hidden = oee === undefined
      const ideal = profile.ideal_per_hour
      if (!oee || (shown?.oee === oee && shown.ideal === ideal)) return
      shown = { oee, ideal }
      tiles.oee.set(formatPercent(oee.oee), describeOee(oee))
      tiles.availability.set(formatPercent(oee.availability), describeAvailability(oee))
      tiles.performance.set(formatPercent(oee.performance), describePerformance(oee, ideal))
      tiles.quality.set(formatPercent(oee.quality), describeQuality(oee))
      inputs.replaceChildren(...listInputs(oee, ideal).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
    },
  }
}

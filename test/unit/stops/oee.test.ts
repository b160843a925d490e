import { expect, test } from 'vitest'
import { computeOee, runSeconds } from '../../../src/stops/oee.ts'
import type { OeeInput } from '../../../src/stops/oee.ts'

// Promise: OEE follows from its inputs by the formulas of the guide, and a factor with an unknown input is null.

const guides = import.meta.glob('../../../src/docs/guides/use/definitions.md', { query: '?raw', import: 'default', eager: true })

/** Returns the numbers of the tables of the worked example by their name. */
const readExample = (): Record<string, number> => {
  const [, example] = (Object.values(guides)[0] as string).split('## Worked example')
  const rows = example!.matchAll(/^\| `?([\w. ]+?)`? +\| +([\d,.]+) \|/gm)
  return Object.fromEntries(Array.from(rows, ([, name, value]) => [name!, Number(value!.replaceAll(',', ''))]))
}

const example = readExample()
const input: OeeInput = {
  planned_seconds: example['planned_seconds']!,
  stops: {
    planned_seconds: example['stops.planned_seconds']!,
    unplanned_seconds: example['stops.unplanned_seconds']!,
    no_demand_seconds: example['stops.no_demand_seconds']!,
    unexplained_seconds: example['stops.unexplained_seconds']!,
    no_data_seconds: example['stops.no_data_seconds']!,
  },
  sums: { actual: example['actual']!, scrap: example['scrap']!, inspected: example['inspected']! },
  ideal_per_hour: example['ideal_per_hour']!,
}

test('the worked example of the guide has the results that computeOee returns', () => {
  expect(runSeconds(input)).toBe(example['run_seconds'])
  const { availability, performance, quality, oee } = computeOee(input)
  expect({ availability, performance, quality }).toEqual({
    availability: example['availability'],
    performance: example['performance'],
    quality: example['quality'],
  })
  expect(oee).toBeCloseTo(example['oee']!, 4)
})

test.each<[what: string, changed: Partial<OeeInput>, unknown: string[]]>([
  ['production', { sums: { ...input.sums, actual: null } }, ['performance', 'oee']],
  ['ideal speed', { ideal_per_hour: null }, ['performance', 'oee']],
  ['scrap', { sums: { ...input.sums, scrap: null, inspected: null } }, ['quality', 'oee']],
  ['inspected production', { sums: { ...input.sums, scrap: 0, inspected: 0 } }, ['quality', 'oee']],
  ['planned time', { planned_seconds: 3_000 }, ['availability', 'performance', 'oee']],
])('computeOee returns null for each factor that needs an unknown input: %s', (_, changed, unknown) => {
  const factors = computeOee({ ...input, ...changed })
  expect(Object.entries(factors).flatMap(([name, factor]) => (factor === null ? [name] : []))).toEqual(unknown)
})

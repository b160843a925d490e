import { describe, expect, test } from 'vitest'
import { addSums, computeSums, isCount, mapSums, noSums, SUM_NAMES } from '../../../src/chunks/sums.ts'
import { FIELD_NAMES, mapFields } from '../../../src/schemas/reading-fields.ts'
import type { FieldName } from '../../../src/schemas/reading-fields.ts'

// Promise: a sum of figures is null without a figure, and at most the largest integer that JavaScript represents exactly.

const LARGEST = Number.MAX_SAFE_INTEGER
const NONE = { actual: null, goal: null, scrap: null, compared: null, inspected: null, readings: 0, goal_readings: 0 }

/** Returns a reading with some figures. */
const figures = (known: { [Name in FieldName]?: number }) => ({ ...mapFields(FIELD_NAMES, () => null), ...known })

test('the names of sums are in the order of tables', () => {
  expect(SUM_NAMES).toEqual(['actual', 'goal', 'scrap', 'compared', 'inspected', 'readings', 'goal_readings'])
  expect(SUM_NAMES.filter(isCount)).toEqual(['readings', 'goal_readings'])
})

test('mapSums returns a value for each name and its index', () => {
  expect(mapSums((name, index) => name.length + 100 * index)).toEqual({
    actual: 6,
    goal: 104,
    scrap: 205,
    compared: 308,
    inspected: 409,
    readings: 508,
    goal_readings: 613,
  })
})

describe('computeSums', () => {
  test('computeSums returns null for the sums of no figures', () => {
    expect(computeSums([])).toEqual(NONE)
    expect(noSums()).toEqual(NONE)
    expect(computeSums([figures({})])).toEqual({ ...NONE, readings: 1 })
  })

  test('computeSums adds figures, and the actual production of the readings that have a goal or scrap', () => {
    const readings = [{ actual: 1, goal: 10 }, { actual: 2, scrap: 1 }, { actual: 4, goal: 0, scrap: 0 }, { goal: 5 }, { actual: 8 }].map(
      figures,
    )
    expect(computeSums(readings)).toEqual({ actual: 15, goal: 15, scrap: 1, compared: 5, inspected: 6, readings: 5, goal_readings: 3 })
  })

  test('computeSums returns 0 for figures of 0', () => {
    expect(computeSums([figures({ actual: 0, goal: 0, scrap: 0 })])).toMatchObject({
      actual: 0,
      goal: 0,
      scrap: 0,
      compared: 0,
      inspected: 0,
    })
  })

  test('computeSums does not exceed the largest exact integer', () => {
    const large = figures({ actual: LARGEST, goal: LARGEST - 1 })
    expect(computeSums([large, figures({ actual: 1, goal: 1 })])).toMatchObject({ actual: LARGEST, goal: LARGEST, compared: LARGEST })
  })
})

test('addSums adds each sum, of which null counts as no value', () => {
  const a = { actual: 1, goal: null, scrap: 3, compared: null, inspected: LARGEST, readings: 5, goal_readings: 0 }
  const b = { actual: 10, goal: 20, scrap: null, compared: null, inspected: 1, readings: 50, goal_readings: 60 }
  expect(addSums(a, b)).toEqual({ actual: 11, goal: 20, scrap: 3, compared: null, inspected: LARGEST, readings: 55, goal_readings: 60 })
})

import { describe, expect, test } from 'vitest'
import { findNearest, findStep, toColumns } from '../../../../src/dashboard/chart/chart-columns.ts'

// Promise: the chart draws each known hour up to its end, and only points of the series can be read.

const HOUR = 3600
const hours = (...made: (number | null)[]) => ({
  time: made.map((_, n) => n * HOUR),
  sprocket_production_actual: made,
  sprocket_production_goal: made.map(() => 11),
})
const drawSteps = (...made: (number | null)[]) => {
  const drawn = toColumns({ series: hours(...made), zone: 'UTC', stepsUntil: made.length * HOUR })
  const [times, actual, goal] = drawn.columns
  return { drawn, actual: times.map((time, n) => [time / HOUR, actual[n]]), goal }
}

describe('toColumns', () => {
  test('toColumns extends an hour to its end before an hour without data', () => {
    expect(drawSteps(10, null, 12).actual).toEqual([
      [0, 10],
      [1, 10],
      [1, null],
      [2, 12],
      [3, 12],
    ])
  })

  test('toColumns extends the last known hour before hours without data at the end', () => {
    expect(drawSteps(null, 10, null, null).actual).toEqual([
      [0, null],
      [1, 10],
      [2, 10],
      [2, null],
      [3, null],
      [4, null],
    ])
  })

  test('toColumns does not interrupt a figure that is known while another one is not', () => {
    expect(drawSteps(10, null, 12).goal).toEqual([11, 11, 11, 11, 11])
  })
})

describe('findStep and findNearest', () => {
  test('findStep returns the hour of a time, and never an inserted point', () => {
    const { drawn } = drawSteps(10, null, 12)
    expect(drawn.points).toEqual([0, 2, 3])
    expect([0.5, 1, 1.5, 2.5, 3].map((time) => findStep(drawn, time * HOUR))).toEqual([0, 2, 2, 3, 3])
  })

  test('findNearest returns the nearest reading in a gap', () => {
    const time = [0, 60, 120, 180, 1_200, 1_260, 1_320]
    const made = time.map(() => 3)
    const drawn = toColumns({ series: { time, sprocket_production_actual: made, sprocket_production_goal: made }, zone: 'UTC' })
    const times = drawn.columns[0]
    expect(drawn.points.map((n) => times[n])).toEqual(time)
    const gap = times.indexOf(240)
    expect([200, 400, 1_000].map((at) => times[findNearest(drawn, gap, at)])).toEqual([180, 180, 1_200])
    expect(findNearest(drawn, 0, 10)).toBe(0)
  })
})

import { expect } from 'vitest'

/** One reading as it is stored. */
export interface Stored {
  time: number
  actual: number | null
  goal: number | null
  /** Absent if unknown. */
  scrap?: number
}

/** One reading as it is sent. An absent figure leaves the stored one unchanged. */
export interface Sent {
  time: number
  actual?: number | null
  goal?: number | null
  scrap?: number | null
}

/** Returns a reading after figures were sent for it. */
const merge = (stored: Stored | undefined, { scrap, ...sent }: Sent): Stored => {
  const { scrap: old, ...figures } = { ...EMPTY, ...stored }
  const merged = scrap === undefined ? old : (scrap ?? undefined)
  return { ...figures, ...sent, ...(merged !== undefined && { scrap: merged }) }
}
const mergeAll = (stored: Map<number, Stored>, sent: Sent[]): Map<number, Stored> => {
  const readings = new Map(stored)
  for (const reading of sent) readings.set(reading.time, merge(readings.get(reading.time), reading))
  return readings
}

/** Returns the readings of a replacement. Of several values of a figure at one time, the last one wins, and an absent figure is null. */
const replacement = (sent: Sent[]) => mergeAll(new Map(), sent)

/** The reference model of a series: a map from time to reading. */
export class SeriesModel {
  #readings = new Map<number, Stored>()

  /** True if no reading would have more scrap than actual production after an upsert, or after a replacement of all readings. */
  accepts(sent: Sent[], isReplacement = false): boolean {
    const readings = isReplacement ? replacement(sent) : mergeAll(this.#readings, sent)
    return sent.every(({ time }) => (readings.get(time)!.scrap ?? -1) <= (readings.get(time)!.actual ?? -1))
  }

  /** Upserts readings in the order sent. Returns how many times have a different reading afterwards. */
  upsert(sent: Sent[]): number {
    const before = new Map(this.#readings)
    this.#readings = mergeAll(before, sent)
    return [...new Set(sent.map(({ time }) => time))].filter((time) => !same(before.get(time), this.#readings.get(time))).length
  }

  /** Replaces all readings. */
  replace(sent: Sent[]): void {
    this.#readings = replacement(sent)
  }

  remove(time: number): boolean {
    return this.#readings.delete(time)
  }

  at(time: number): Stored | undefined {
    return this.#readings.get(time)
  }

  all(): Stored[] {
    return [...this.#readings.values()].toSorted((a, b) => a.time - b.time)
  }

  latest(): Stored | null {
    return this.all().at(-1) ?? null
  }

  /** Returns the default view: the newest 500 readings, in columns. */
  chart() {
    return columnsOf(this.all().slice(-500))
  }
}

const EMPTY = { time: 0, actual: null, goal: null }
const same = (a: Stored | undefined, b: Stored | undefined) =>
  a?.actual === b?.actual && a?.goal === b?.goal && a?.scrap === b?.scrap && !a === !b

export const columnsOf = (readings: Stored[]) => ({
  sprocket_production_actual: readings.map(({ actual }) => actual),
  sprocket_production_goal: readings.map(({ goal }) => goal),
  time: readings.map(({ time }) => time),
})

/** The stored sums of one hour or day. */
export interface Sum extends Stored {
  readings: number
  goal_readings: number
}

export const sumColumnsOf = (sums: Sum[]) => ({
  ...columnsOf(sums),
  readings: sums.map(({ readings }) => readings),
  goal_readings: sums.map((sum) => sum.goal_readings),
})

/** Reads every payload of a factory and compares it with the model. */
export const expectPayloads = async (get: (path: string) => Promise<Response>, id: number, model: SeriesModel): Promise<void> => {
  const json = async (path: string) => {
    const response = await get(path)
    expect(response.status, path).toBe(200)
    return response.json()
  }
  const chart = model.chart()
  const factory = { id, name: null, time_zone: 'UTC', latest: model.latest() }
  expect(await json(`/api/factory/${id}`)).toEqual({ factory: { ...factory, chart_data: chart } })
  expect(await json(`/api/factory/${id}/chart-data`)).toEqual(chart)
  expect(await json(`/api/factory/${id}/production-actual`)).toEqual(chart.sprocket_production_actual)
  expect(await json(`/api/factory/${id}/production-goal`)).toEqual(chart.sprocket_production_goal)
  expect(await json(`/api/factory/${id}/time`)).toEqual(chart.time)
  for (const [query, shown] of [
    ['', { ...factory, chart_data: chart }],
    ['&chart_data=false', factory],
  ] as const) {
    const page = (await json(`/api/factories?cursor=${id - (id % 20)}${query}`)) as { factories: { factory: { id: number } }[] }
    expect(page.factories.find((each) => each.factory.id === id)).toEqual({ factory: shown })
  }
}

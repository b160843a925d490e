import { afterAll, expect, test } from 'vitest'
import { CLOCK_CHANGES } from '../support/clock-changes.ts'
import { SeriesModel } from '../support/series-model.ts'
import type { Sent } from '../support/series-model.ts'
import { bucketsIn } from '../support/summary-model.ts'
import { chunksOf, createStorageReader, daysOf } from './check-readings.ts'
import { startSimulatedApi } from './simulated-api.ts'

// Promise: after every write of any history, the chunks and days of a factory equal its readings, in every time zone.

const HISTORIES = 5_000
const MAX_WRITES = 8

const api = await startSimulatedApi()
afterAll(api.stop)
const { pick, between } = api.timeline

const pickFigure = () => pick([null, 0, 1, 32, 40])
/** Picks at least one figure of a reading. */
const pickFigures = () =>
  pick([
    () => ({ actual: pickFigure() }),
    () => ({ goal: pickFigure() }),
    () => ({ actual: pickFigure(), goal: pickFigure() }),
    () => ({ actual: pick([1, 32, 40]), goal: pickFigure(), scrap: pick([null, 0, 1]) }),
    () => ({ scrap: pick([null, 0, 1]) }),
  ])()
/** Picks seconds from a clock change: minutes and half hours, so that times and borders coincide, a few minutes, or any second of two days. */
const pickOffset = () =>
  pick([() => 60 * between(-130, 130), () => 1_800 * between(-60, 60), () => 10 * between(-30, 30), () => between(-100_000, 100_000)])()
/** Picks readings. Half of the requests have none that needs another reading for its scrap, so most are accepted. */
const pickReadings = (change: number, max: number): Sent[] => {
  const figures = pick([pickFigures, () => pick([() => ({ actual: 40, scrap: 1 }), () => ({ goal: pickFigure() })])()])
  return Array.from({ length: between(1, max) }, () => ({ time: change + pickOffset(), ...figures() }))
}

/** Picks readings after the newest one, as a device sends them, with or without production. */
const pickNext = (newest: number): Sent[] => {
  const step = pick([5, 20, 60, 1_000])
  return Array.from({ length: between(1, 4) }, (_, index) => ({ time: newest + (index + 1) * step, actual: pick([0, 0, 7]) }))
}

const zones = new Map(CLOCK_CHANGES.map(([zone]) => [zone, bucketsIn(zone)]))

test(`chunks and days equal the readings after every write of ${HISTORIES} random histories`, async () => {
  const readStored = createStorageReader(api.database)
  let sent: string[] = []
  /** Sends a request. Returns false if it is rejected as invalid. */
  const send = async (method: string, path: string, body?: unknown) => {
    sent.push(`${method} ${path} ${JSON.stringify(body)}`)
    return (await api.send(method, path, body)).ok
  }

  /** Plays one write at random. Returns the time zone of the factory after it. */
  const write = async (id: number, model: SeriesModel, zone: string, change: number): Promise<string> => {
    const chart = `/api/factory/${id}/chart-data`
    const stored = model.all()
    const kind = pick(['append', 'append', 'append', 'extend', 'extend', 'extend', 'correct', 'remove', 'replace', 'move'])
    if (kind === 'move') {
      const [moved] = pick(CLOCK_CHANGES)
      await send('PATCH', `/api/factory/${id}`, { time_zone: moved })
      return moved
    }
    if (kind === 'replace') {
      const readings = pickReadings(change, 10)
      const isAccepted = model.accepts(readings, true)
      if (isAccepted) model.replace(readings)
      expect(await send('PUT', chart, { readings }), sent.join('\n')).toBe(isAccepted)
    } else if (kind === 'append' || kind === 'extend' || stored.length === 0) {
      const readings = kind === 'extend' && stored.length > 0 ? pickNext(stored.at(-1)!.time) : pickReadings(change, 25)
      const isAccepted = model.accepts(readings)
      if (isAccepted) model.upsert(readings)
      expect(await send('POST', chart, { readings }), sent.join('\n')).toBe(isAccepted)
    } else if (kind === 'correct') {
      const { time } = pick(stored)
      const figures = pickFigures()
      const isAccepted = model.accepts([{ time, ...figures }])
      if (isAccepted) model.upsert([{ time, ...figures }])
      expect(await send('PUT', `${chart}/${time}`, figures), sent.join('\n')).toBe(isAccepted)
    } else {
      const { time } = pick(stored)
      model.remove(time)
      await send('DELETE', `${chart}/${time}`)
    }
    return zone
  }

  for (let id = 0; id < HISTORIES; id++) {
    let [zone, change] = pick(CLOCK_CHANGES)
    sent = []
    await send('POST', '/api/factories', { time_zone: zone })
    const model = new SeriesModel()
    for (let writes = between(1, MAX_WRITES); writes > 0; writes--) {
      zone = await write(id, model, zone, Date.parse(change) / 1_000)
      const { chunks, days } = readStored(id)
      expect(chunks, sent.join('\n')).toEqual(chunksOf(model.all()))
      // A day of this zone occurs twice, a minute after midnight.
      if (zone !== 'America/St_Johns') expect(days, sent.join('\n')).toEqual(daysOf(model.all(), zones.get(zone)!.dayOf))
    }
  }
})

import { createClient } from '../../src/client.ts'

/** A year of hours for the first factory, a day of readings for the others: what a middling organisation has. */

const HOUR = 3600
const YEAR_HOURS = 365 * 24
const MOST = 5_000
const ZONES = ['Europe/Berlin', 'America/Chicago', 'Asia/Tokyo', 'UTC']
const TOWNS = ['Ulm', 'Gary', 'Osaka', 'Leeds', 'Turin', 'Lyon', 'Graz', 'Porto', 'Malmö', 'Brno']

/** Chance that is the same each time. */
const chance = (seed: number) => () => {
  seed = (seed * 16_807) % 2_147_483_647
  return seed / 2_147_483_647
}

interface Reading {
  time: number
  actual: number | null
  goal: number | null
}

/** Readings of five minutes, with a figure that is missing here and there and a silence of two hours. */
const dayOf = (n: number, end: number): Reading[] => {
  const random = chance(n + 1)
  const level = 29 + 3 * random()
  return Array.from({ length: 288 }, (_, k) => ({
    time: end - (287 - k) * 300,
    actual: random() < 0.01 ? null : Math.round(level + 5 * Math.sin(k / 40 + n) + 6 * (random() - 0.5)),
    goal: n % 17 === 16 ? null : 30,
  })).filter((_, k) => k < 150 || k > 174)
}

const yearOf = (end: number): Reading[] => {
  const random = chance(7)
  return Array.from({ length: YEAR_HOURS }, (_, k) => ({
    time: end - (YEAR_HOURS - k) * HOUR,
    actual: Math.round(29 + 3 * Math.sin(k / 1400) + 5 * (random() - 0.5)),
    goal: 30,
  }))
}

const columnsOf = (readings: Reading[]) => ({
  time: readings.map(({ time }) => time),
  sprocket_production_actual: readings.map(({ actual }) => actual),
  sprocket_production_goal: readings.map(({ goal }) => goal),
})

/** Makes factories, up to so many in all; answers the id of the one with a year. */
export const makePlants = async (base: string, key: string, count: number): Promise<number> => {
  const client = createClient({ base, key })
  const end = Math.floor(Date.now() / 1000) - 20
  const make = async (n: number, readings: Reading[]) => {
    // Every seventh has been silent for days.
    const silent = n % 7 === 6 ? 3 * 86_400 : 0
    const late = readings.map((reading) => ({ ...reading, time: reading.time - silent }))
    const name = `Plant ${TOWNS[n % TOWNS.length]}${n < TOWNS.length ? '' : ` ${Math.floor(n / TOWNS.length) + 1}`}`
    const { data } = await client.send(
      'POST /api/factories',
      {},
      { name, time_zone: ZONES[n % ZONES.length]!, chart_data: columnsOf(late) },
    )
    return data.factory.id
  }
  const first = await make(0, dayOf(0, end))
  const year = yearOf(end - 86_400)
  for (let from = 0; from < year.length; from += MOST)
    await client.send('POST /api/factory/{id}/chart-data', { id: first }, { readings: year.slice(from, from + MOST) })
  for (let n = 1; n < count; n += 1) await make(n, dayOf(n, end))
  return first
}

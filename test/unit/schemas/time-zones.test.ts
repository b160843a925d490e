import { expect, test } from 'vitest'
import { findZone } from '../../../src/schemas/time-zones.ts'

// Promise: `findZone` accepts any name of the IANA database in any letter case and returns one current name for each zone.

/** Links of the IANA database (files `backward` and `etcetera`), in its spelling. */
const ALIASES = `Africa/Asmera Africa/Timbuktu America/Argentina/ComodRivadavia America/Atka America/Buenos_Aires America/Knox_IN
  America/Porto_Acre Antarctica/South_Pole Asia/Ujung_Pandang Australia/ACT Australia/LHI Brazil/DeNoronha CET CST6CDT Chile/EasterIsland
  EST5EDT Eire Etc/Greenwich Etc/UCT GB GB-Eire GMT+0 GMT0 Hongkong Mexico/BajaNorte NZ NZ-CHAT PRC ROK US/East-Indiana US/Indiana-Starke
  US/Pacific W-SU Zulu`.split(/\s+/)

/** Returns the local times of a zone at three instants, formatted by the runtime. */
const formatInstants = (zone: string) => {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return [0, 700_000_000_000, 1_720_000_000_000].map((time) => format.format(time))
}

test('findZone returns one current name for every letter case of a name', () => {
  for (const name of [...Intl.supportedValuesOf('timeZone'), ...ALIASES]) {
    const current = findZone(name)!
    expect(findZone(current), name).toBe(current)
    expect([findZone(name.toLowerCase()), findZone(name.toUpperCase())], name).toEqual([current, current])
  }
})

test('findZone returns a name for the same clock as the alias', () => {
  for (const name of [...Intl.supportedValuesOf('timeZone'), ...ALIASES])
    if (findZone(name) !== name) expect(formatInstants(findZone(name)!), name).toEqual(formatInstants(name))
})

test('findZone maps all names that the runtime resolves to one zone to one name', () => {
  const resolve = (name: string) => new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  for (const name of [...Intl.supportedValuesOf('timeZone'), ...ALIASES]) expect(findZone(resolve(name)), name).toBe(findZone(name))
})

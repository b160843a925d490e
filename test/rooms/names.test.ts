import { beforeAll, expect, test } from 'vitest'
import { makeWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { pointersOf } from './problem.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const naming = (name: string): [what: string, write: () => Promise<Response>][] => [
  ['a new factory', () => world.engineer.post('/api/factories', { name })],
  ['a factory', () => world.engineer.patch('/api/factory/1', { name })],
  ['a new key', () => world.admin.post('/api/keys', { name, role: 'viewer' })],
  ['a key', () => world.admin.patch('/api/key/1', { name })],
  ['the organisation', () => world.admin.patch('/api/organisation', { name })],
]

test.each(['', ' \t ', 'a\u0000b', 'line\nbreak', '\u001b[31mred', 'half \ud800', 'x'.repeat(101)])('%j is no name', async (name) => {
  for (const [what, write] of naming(name)) expect(await pointersOf(await write()), what).toEqual(['#/name'])
})

test.each(['Werk Süd', '工場', '😀', "O'Brien & <Sons>", 'x'.repeat(100)])('%s comes back as it was sent', async (name) => {
  for (const [what, write] of naming(name)) {
    const body = (await (await write()).json()) as { name?: string; factory?: { name: string } }
    expect(body.name ?? body.factory?.name, what).toBe(name)
  }
})

test.each([
  ['europe/berlin', 'Europe/Berlin'],
  ['utc', 'UTC'],
  ['us/pacific', 'America/Los_Angeles'],
  ['gb', 'Europe/London'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['etc/gmt+5', 'Etc/GMT+5'],
  ['america/port-au-prince', 'America/Port-au-Prince'],
])('time zone %s is stored as %s', async (sent, time_zone) => {
  expect(await (await world.engineer.post('/api/factories', { time_zone: sent })).json()).toMatchObject({ factory: { time_zone } })
  expect(await (await world.engineer.patch('/api/factory/1', { time_zone: sent })).json()).toMatchObject({ time_zone })
})

test.each(['IST', 'ACT', 'Factory', 'localtime', 'SystemV/AST4', '+05:30', 'Etc/GMT+13', 'Etc/GMT-15', '', '__proto__'])(
  'time zone %j is refused',
  async (sent) => {
    expect(await pointersOf(await world.engineer.post('/api/factories', { time_zone: sent }))).toEqual(['#/time_zone'])
  },
)

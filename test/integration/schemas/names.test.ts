import { beforeAll, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { pointersOf } from '../../support/problem.ts'

// Promise: names and time zones are accepted in every usual form, and stored in one.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

/** Returns every write that takes a name. */
const writesWithName = (name: string): [target: string, write: () => Promise<Response>][] => [
  ['a new factory', () => harness.engineer.post('/api/factories', { name })],
  ['a factory', () => harness.engineer.patch('/api/factory/1', { name })],
  ['a new key', () => harness.admin.post('/api/keys', { name, role: 'viewer' })],
  ['a key', () => harness.admin.patch('/api/key/1', { name })],
  ['the organisation', () => harness.admin.patch('/api/organisation', { name })],
]

test.each([
  '',
  ' \t ',
  'a\u0000b',
  'line\nbreak',
  '\u001b[31mred',
  'half \ud800',
  '\udc00half',
  'x'.repeat(101),
  '\u200b',
  '\u200b\u200c\u200d\u2060\ufeff',
  'zero\u200bwidth',
  'mar\ufeffked',
  'soft\u00adhyphen',
  'Plant \u202eton si siht',
  'Plant \u2066isolated\u2069',
  'Plant\u200f',
  'Plant\u061c',
  'next\u0085line',
  'line\u2028separator',
  '\u3164',
  '\u115f\u1160',
  '\u2800',
  'a\u2800b',
  'a\u200d',
  '\u200da',
  'a\ufe0fb\u{e0100}',
  'tag\u{e0041}\u{e007f}',
  '\u0301',
  '\u0301a',
  'Z\u0301\u0302\u0303\u0304\u0305\u0306algo',
])('the name %j is rejected by every write', async (name) => {
  for (const [target, write] of writesWithName(name)) expect(await pointersOf(await write()), target).toEqual(['#/name'])
})

test.each([
  'Werk Süd',
  '工場',
  '😀',
  '👩‍🏭 Anna',
  '👨‍👩‍👧',
  '❤️',
  '1️⃣',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿 York',
  'کارخانه‌ها',
  'مصنع ١',
  'מפעל',
  'क्‍ष',
  'e\u0301',
  '葛\u{e0100}飾',
  'a\u00a0b',
  "O'Brien & <Sons>",
  'x'.repeat(100),
])('the name %s is stored unchanged by every write', async (name) => {
  for (const [target, write] of writesWithName(name)) {
    const body = (await (await write()).json()) as { name?: string; factory?: { name: string } }
    expect(body.name ?? body.factory?.name, target).toBe(name)
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
])('the time zone %s is stored as %s', async (sent, time_zone) => {
  expect(await (await harness.engineer.post('/api/factories', { time_zone: sent })).json()).toMatchObject({ factory: { time_zone } })
  expect(await (await harness.engineer.patch('/api/factory/1', { time_zone: sent })).json()).toMatchObject({ time_zone })
})

test.each(['IST', 'ACT', 'Factory', 'localtime', 'SystemV/AST4', '+05:30', 'Etc/GMT+13', 'Etc/GMT-15', '', '__proto__'])(
  'the time zone %j is rejected',
  async (sent) => {
    expect(await pointersOf(await harness.engineer.post('/api/factories', { time_zone: sent }))).toEqual(['#/time_zone'])
  },
)

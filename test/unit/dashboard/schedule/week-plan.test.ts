import { describe, expect, test } from 'vitest'
import { describePause } from '../../../../src/dashboard/factory/next-shift.ts'
import { findHourRange, findMonday, planWeek } from '../../../../src/dashboard/schedule/week-plan.ts'
import { describeBar, describeChange, describeException, formatDays } from '../../../../src/dashboard/schedule/words.ts'
import { parseDay } from '../../../../src/schemas/dates.ts'
import type { Schedule } from '../../../../src/schemas/schedules.ts'
import { WEEKDAYS } from '../../../../src/schemas/weekdays.ts'

// Promise: the preview of a week shows each shift on its production date, with its real length, and the page names the next shift.

const shift = (name: string, start: string, end: string, ...breaks: [start: string, end: string][]) => ({
  name,
  start,
  end,
  breaks: breaks.map(([from, to]) => ({ start: from, end: to })),
  target: null,
})
const schedule: Schedule = {
  versions: [
    {
      valid_from: '2026-01-05',
      shifts: [
        { ...shift('Early', '06:00', '14:00', ['10:00', '10:30']), days: ['mon', 'tue', 'wed', 'thu', 'fri'] },
        { ...shift('Night', '22:00', '06:00', ['00:30', '01:00'], ['02:00', '02:30']), days: [...WEEKDAYS] },
      ],
    },
  ],
  exceptions: [
    { date: '2026-03-25', shifts: [], note: 'Inventory' },
    { date: '2026-03-26', shifts: [shift('Short', '08:00', '12:00')], note: null },
  ],
}
const weekOf = (date: string, zone = 'Europe/Berlin') => planWeek(schedule, zone, findMonday(parseDay(date)!))
/** Removes the characters that isolate names. */
const plain = (text: string | undefined) => text?.replaceAll(/[\u2068\u2069]/g, '')

describe('planWeek', () => {
  test('planWeek puts each shift on the date on which it starts, and an overnight shift nowhere else', () => {
    const days = weekOf('2026-03-18')
    expect(days.map(({ date }) => date)).toEqual([16, 17, 18, 19, 20, 21, 22].map((day) => `2026-03-${day}`))
    expect(days.map(({ bars }) => bars.map((bar) => [bar.shift.name, bar.startHour, bar.hours]))).toEqual([
      ...Array.from({ length: 5 }, () => [
        ['Early', 6, 8],
        ['Night', 22, 8],
      ]),
      [['Night', 22, 8]],
      [['Night', 22, 8]],
    ])
    expect(days[0]!.bars[0]!.breaks).toEqual([{ startHour: 4, hours: 0.5 }])
    expect(findHourRange(days)).toEqual({ from: 6, to: 30 })
  })

  test('planWeek takes the shifts of exceptions', () => {
    const days = weekOf('2026-03-25')
    expect(days.map(describeException).map(plain)).toEqual([
      undefined,
      undefined,
      'Inventory: no shift',
      'other shifts',
      undefined,
      undefined,
      undefined,
    ])
    expect(days[3]!.bars.map(({ shift: { name } }) => name)).toEqual(['Short'])
  })

  test.each([
    ['2026-03-28', 7, -3600, 'Night lasts 7 h 00 min, planned 6 h 30 min, because the clocks go forward by 1 h 00 min.'],
    ['2026-10-24', 9, 3600, 'Night lasts 9 h 00 min, planned 8 h 00 min, because the clocks go back by 1 h 00 min.'],
  ])('the night of %s has %i hours', (date, hours, changeSeconds, sentence) => {
    const days = weekOf(date)
    const [night] = days.find((day) => day.date === date)!.bars
    expect(night).toMatchObject({ startHour: 22, hours, changeSeconds })
    expect(plain(describeChange(night!))).toBe(sentence)
    // The break from 02:00 to 02:30 does not happen if the clocks go forward at that time.
    expect(night!.breaks.length).toBe(hours < 8 ? 1 : 2)
    const others = days.flatMap(({ bars }) => bars).filter((bar) => bar !== night)
    expect(others.map(describeChange).filter((each) => each !== undefined)).toEqual([])
  })

  test('planWeek returns seven empty days without a schedule, and no date after the last one', () => {
    const empty = { versions: [], exceptions: [] }
    const days = planWeek(empty, 'UTC', findMonday(parseDay('2026-03-18')!))
    expect(days.flatMap(({ bars }) => bars)).toEqual([])
    expect(findHourRange(days)).toEqual({ from: 12, to: 24 })
    expect(planWeek(empty, 'UTC', findMonday(parseDay('9999-12-31')!))).toHaveLength(5)
  })
})

test('findMonday returns the first day of the week', () => {
  expect(['2026-03-16', '2026-03-22', '1969-12-29'].map((date) => findMonday(parseDay(date)!) - parseDay(date)!)).toEqual([0, -6, 0])
})

test('describeBar names the times, the planned time and the breaks of a shift', () => {
  const [bar] = weekOf('2026-03-18')[0]!.bars
  expect(plain(describeBar(bar!, 'Europe/Berlin'))).toBe('Early, 06:00 to 14:00, 8 h 00 min, planned 7 h 30 min, break 10:00 to 10:30')
})

test.each<[string, (typeof WEEKDAYS)[number][]]>([
  ['Mon to Fri', ['mon', 'tue', 'wed', 'thu', 'fri']],
  ['Mon, Wed', ['wed', 'mon']],
  ['Sat, Sun', ['sat', 'sun']],
  ['Mon, Tue, Fri', ['mon', 'tue', 'fri']],
])('formatDays returns %s', (words, days) => expect(formatDays(days)).toBe(words))

describe('describePause', () => {
  const at = (text: string) => Date.parse(text) / 1000
  const describeAt = (time: string, of = schedule) => plain(describePause(of, 'Europe/Berlin', at(time)))

  test('describePause names the next shift between two shifts, and nothing within one', () => {
    expect(describeAt('2026-03-17T15:00+01:00')).toMatch(/^◇ not planned · next shift: Night, Tue 17 Mar.*, 22:00 to 06:00$/)
    expect(describeAt('2026-03-17T22:00+01:00')).toBeUndefined()
    expect(describeAt('2026-03-17T05:59:59+01:00')).toBeUndefined()
    expect(describeAt('2026-03-21T06:00+01:00')).toMatch(/next shift: Night, Sat 21 Mar.*, 22:00/)
  })

  test('describePause names no shift that is more than 60 days ahead', () => {
    const later = { ...schedule, versions: [{ ...schedule.versions[0]!, valid_from: '2026-06-01' }], exceptions: [] }
    expect(describeAt('2026-03-17T15:00+01:00', later)).toBe('◇ not planned')
    expect(describeAt('2026-04-03T15:00+02:00', later)).toContain('Mon 1 Jun')
  })
})

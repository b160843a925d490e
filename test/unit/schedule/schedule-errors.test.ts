import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findScheduleErrors } from '../../../src/schedule/schedule-errors.ts'
import { completeSchedule } from '../../../src/schedule/stored-schedule.ts'
import type { Schedule, ScheduleIn } from '../../../src/schemas/schedules.ts'
import { WEEKDAYS } from '../../../src/schemas/weekdays.ts'
import { shiftsOfDates } from '../../support/shift-model.ts'

// Promise: a schedule with overlapping shifts or without planned time in a shift is rejected, with a pointer to the later shift or break.

type Shift = ScheduleIn['versions'][number]['shifts'][number]
const shift = (start: string, end: string, more: Partial<Shift> = {}): Shift => ({ name: 'A', days: [...WEEKDAYS], start, end, ...more })
const version = (...shifts: Shift[]) => ({ valid_from: '2026-01-05', shifts })
const dated = (start: string, end: string) => ({ name: 'Extra', start, end })
const pointersOf = (schedule: Partial<ScheduleIn>) =>
  findScheduleErrors(completeSchedule({ versions: [], exceptions: [], ...schedule })).map(({ pointer }) => pointer)

test.each<[title: string, schedule: Partial<ScheduleIn>, pointers: string[]]>([
  ['an empty schedule', {}, []],
  ['an exception without the usual shifts', { exceptions: [{ date: '2026-03-04', shifts: [] }] }, ['#/versions']],
  ['shifts that touch', { versions: [version(shift('06:00', '14:00'), shift('14:00', '22:00'), shift('22:00', '06:00'))] }, []],
  ['a shift of 24 hours on each day', { versions: [version(shift('06:00', '06:00'))] }, []],
  [
    'the later of two shifts of a day',
    { versions: [version(shift('13:00', '21:00'), shift('06:00', '14:00'))] },
    ['#/versions/0/shifts/0'],
  ],
  ['a shift across midnight', { versions: [version(shift('22:00', '06:00'), shift('05:00', '10:00'))] }, ['#/versions/0/shifts/1']],
  [
    'a shift across the end of the week',
    { versions: [version(shift('20:00', '08:00', { days: ['sun'] }), shift('07:00', '09:00', { days: ['mon'] }))] },
    ['#/versions/0/shifts/1'],
  ],
  [
    'a shift across the border of two versions',
    { versions: [version(shift('22:00', '06:00')), { valid_from: '2026-02-02', shifts: [shift('05:00', '09:00')] }] },
    ['#/versions/1/shifts/0'],
  ],
  [
    'an exception after a night shift',
    { versions: [version(shift('22:00', '06:00'))], exceptions: [{ date: '2026-03-04', shifts: [dated('05:30', '10:00')] }] },
    ['#/exceptions/0/shifts/0'],
  ],
  [
    'the shift after an exception',
    { versions: [version(shift('06:00', '14:00'))], exceptions: [{ date: '2026-03-04', shifts: [dated('20:00', '08:00')] }] },
    ['#/versions/0/shifts/0'],
  ],
  [
    'a border that an exception replaces',
    {
      versions: [version(shift('22:00', '06:00')), { valid_from: '2026-02-02', shifts: [shift('05:00', '09:00')] }],
      exceptions: [{ date: '2026-02-01', shifts: [] }],
    },
    [],
  ],
  [
    'a seventh shift of a day',
    { versions: [version(...[0, 1, 2, 3, 4, 5, 6].map((n) => shift(`0${n}:00`, `0${n}:30`)))] },
    ['#/versions/0/shifts/6'],
  ],
  ['versions out of order', { versions: [version(), { valid_from: '2026-01-05', shifts: [] }] }, ['#/versions/1/valid_from']],
  [
    'a date with two exceptions',
    {
      versions: [version()],
      exceptions: [
        { date: '2026-03-04', shifts: [] },
        { date: '2026-03-04', shifts: [] },
      ],
    },
    ['#/exceptions/1/date'],
  ],
  [
    'breaks before, across the end of, and longer than a shift',
    {
      versions: [
        version(
          shift('06:00', '14:00', {
            breaks: [
              { start: '05:00', end: '05:30' },
              { start: '13:45', end: '14:15' },
              { start: '08:00', end: '08:00' },
            ],
          }),
        ),
      ],
    },
    ['#/versions/0/shifts/0/breaks/0', '#/versions/0/shifts/0/breaks/1', '#/versions/0/shifts/0/breaks/2'],
  ],
  [
    'breaks that overlap',
    {
      versions: [version()],
      exceptions: [
        {
          date: '2026-03-04',
          shifts: [
            {
              ...dated('22:00', '06:00'),
              breaks: [
                { start: '23:45', end: '00:15' },
                { start: '00:00', end: '00:30' },
              ],
            },
          ],
        },
      ],
    },
    ['#/exceptions/0/shifts/0/breaks/1'],
  ],
  [
    'the break that leaves no planned time in its shift',
    {
      versions: [
        version(
          shift('06:00', '14:00', { days: ['mon'], breaks: [{ start: '06:00', end: '14:00' }] }),
          shift('22:00', '06:00', {
            days: ['tue'],
            breaks: [
              { start: '02:00', end: '06:00' },
              { start: '22:00', end: '02:00' },
            ],
          }),
          shift('06:00', '14:00', { days: ['fri'], breaks: [{ start: '06:00', end: '13:59' }] }),
        ),
      ],
    },
    ['#/versions/0/shifts/0/breaks/0', '#/versions/0/shifts/1/breaks/1'],
  ],
])('findScheduleErrors points to %s', (_, schedule, pointers) => expect(pointersOf(schedule)).toEqual(pointers))

test('findScheduleErrors names the earlier shift and a start that fits', () => {
  const schedule = completeSchedule({
    versions: [version(shift('06:00', '14:00'), shift('13:00', '21:00', { days: ['tue'] }))],
    exceptions: [],
  })
  expect(findScheduleErrors(schedule)).toEqual([
    {
      pointer: '#/versions/0/shifts/1',
      detail:
        'Overlaps #/versions/0/shifts/0, which ends at 14:00 on tue. Send a start of 14:00 or later, or end the other shift at 13:00 or earlier.',
    },
  ])
})

test.each<[title: string, shifts: Shift[], detail: string]>([
  [
    'the next day for a shift that ends then',
    [shift('22:00', '06:00', { days: ['mon'] }), shift('23:00', '23:30', { days: ['mon'] })],
    'which ends at 06:00 on tue. End the other shift at 23:00 or earlier.',
  ],
  [
    'an end for the earlier of two shifts of 24 hours',
    [shift('06:00', '06:00', { days: ['sun'] }), shift('10:00', '10:00', { days: ['sun'] })],
    'which ends at 06:00 on mon. End the other shift at 10:00 or earlier.',
  ],
  [
    'no other end for a shift that starts at the same time',
    [shift('06:00', '10:00', { days: ['mon'] }), shift('06:00', '09:00', { days: ['mon'] })],
    'which ends at 10:00 on mon. Leave one of them out, or send other times.',
  ],
])('findScheduleErrors names %s', (_, shifts, detail) =>
  expect(findScheduleErrors(completeSchedule({ versions: [version(...shifts)], exceptions: [] })).map((each) => each.detail)).toEqual([
    `Overlaps #/versions/0/shifts/0, ${detail}`,
  ]),
)

const time = fc.integer({ min: 0, max: 95 }).map((quarter) => new Date(quarter * 900_000).toISOString().slice(11, 16))
const anyShift = fc.record({ start: time, end: time, days: fc.subarray(['mon', 'tue', 'sun'] as const, { minLength: 1, maxLength: 1 }) })

test('a client that follows any advice about overlapping shifts sends a valid schedule', () => {
  fc.assert(
    fc.property(anyShift, anyShift, (...shifts) => {
      const scheduleOf = (changed: Partial<(typeof shifts)[number]>[]) =>
        completeSchedule({
          versions: [version(...shifts.map((each, index) => ({ name: 'A', ...each, ...changed[index] })))],
          exceptions: [],
        })
      for (const { pointer, detail } of findScheduleErrors(scheduleOf([]))) {
        const at = Number(pointer.at(-1))
        const [, start] = /start of (.{5})/.exec(detail) ?? []
        const [, end] = /end the other shift at (.{5})/i.exec(detail) ?? []
        expect(start ?? end ?? /Leave one of them out/.exec(detail)).toBeTruthy()
        if (start) expect(findScheduleErrors(scheduleOf(at === 0 ? [{ start }] : [{}, { start }]))).toEqual([])
        if (end) expect(findScheduleErrors(scheduleOf(at === 1 ? [{ end }] : [{}, { end }]))).toEqual([])
      }
    }),
    { numRuns: 2_000, seed: 1 },
  )
})

test('findScheduleErrors rejects a schedule that is too long', () => {
  const exceptions = Array.from({ length: 400 }, (_, n) => ({
    date: new Date(n * 86_400_000).toISOString().slice(0, 10),
    shifts: [{ ...dated('06:00', '14:00'), name: 'x'.repeat(100) }],
  }))
  const versions = [version()]
  expect(pointersOf({ versions, exceptions })).toEqual(['#'])
  expect(pointersOf({ versions, exceptions: exceptions.slice(0, 200) })).toEqual([])
})

const hour = fc.integer({ min: 0, max: 23 }).map((n) => `${String(n).padStart(2, '0')}:00`)
const someShift = fc.record({
  name: fc.constant('A'),
  days: fc.subarray([...WEEKDAYS], { minLength: 1, maxLength: 3 }),
  start: hour,
  end: hour,
  breaks: fc.constant([] as { start: string; end: string }[]),
  target: fc.constant(null),
})
const someSchedule: fc.Arbitrary<Schedule> = fc.record({
  versions: fc
    .array(fc.array(someShift, { maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((versions) => versions.map((shifts, index) => ({ valid_from: ['2026-01-05', '2026-02-04'][index]!, shifts }))),
  exceptions: fc.uniqueArray(
    fc.record({
      date: fc.integer({ min: 28, max: 31 }).map((day) => `2026-01-${day}`),
      shifts: fc.array(
        someShift.map(({ days: _, ...rest }) => rest),
        { maxLength: 2 },
      ),
      note: fc.constant(null),
    }),
    { maxLength: 2, selector: ({ date }) => date },
  ),
})

test('findScheduleErrors finds an overlap exactly if two shifts of a model overlap', () => {
  fc.assert(
    fc.property(someSchedule, (schedule) => {
      const shifts = shiftsOfDates(schedule, 'UTC', '2026-01-05', '2026-02-15')
      const overlaps = shifts.some(({ from }, index) => shifts.slice(0, index).some((before) => before.to > from))
      expect(findScheduleErrors(schedule).length > 0).toBe(overlaps)
    }),
    { numRuns: 200 },
  )
})

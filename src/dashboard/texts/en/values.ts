import { createCounter } from '../plural.ts'

const count = createCounter('en')
const HOURS = { one: 'hour', other: 'hours' }

/** How a language writes a day and a month. */
export type DateStyle = Pick<Intl.DateTimeFormatOptions, 'day' | 'month'>

export const values = {
  dateStyle: { day: 'numeric', month: 'short' } as DateStyle,
  /** The units of short figures, each a thousand times the one before. */
  units: ['', 'K', 'M', 'B', 'T', 'Q'],
  justNow: 'just now',
  ago: (length: string) => `${length} ago`,
  seconds: (seconds: string) => `${seconds} s`,
  minutes: (minutes: string) => `${minutes} min`,
  hours: (hours: string) => `${hours} h`,
  hoursAndMinutes: (hours: string, minutes: string) => `${hours} h ${minutes} min`,
  /** Days after "ago" or "for". */
  days: (days: number) => count(days, { one: 'day', other: 'days' }),
  span: (from: string, to: string) => `${from} to ${to}`,
  noDataYet: 'no data yet',
  noDataFor: (length: string) => `no data for ${length}`,
  noDataSince: (time: string) => `no data since ${time}`,
  noGoal: 'no goal',
  onGoal: 'on goal',
  behindGoal: (gap: string) => `${gap} behind goal`,
  aheadOfGoal: (gap: string) => `${gap} ahead of goal`,
  madeWithoutGoal: (made: string) => `${made} made, no goal`,
  madeOfGoal: (made: string, goal: string) => `${made} of ${goal}`,
  ofUsual: (readings: string, usual: string) => `${readings} of about ${usual}`,
  readings: (readings: string) => `${readings} readings`,
  factory: (id: number) => `Factory ${id}`,
  states: { running: 'running', behind: 'behind', stopped: 'stopped', 'no-data': 'no data', 'not-planned': 'not planned' },
  justBehind: 'just behind',
  goalReached: (reached: number, hours: number, lowest: string) =>
    `Goal reached in ${reached} of ${count(hours, HOURS)}; the weakest at ${lowest}.`,
  hoursWithoutGoal: (hours: number) => `${count(hours, HOURS)} with readings, none with a goal.`,
  hoursLackReadings: (hours: number) => `${count(hours, { one: 'hour lacks', other: 'hours lack' })} readings.`,
}

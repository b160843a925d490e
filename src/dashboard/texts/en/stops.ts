import { createCounter } from '../plural.ts'

const count = createCounter('en')

export const stops = {
  title: 'Stops',
  list: 'List of stops',
  summary: (stops: number, unexplained: number) => `${count(stops, { one: 'stop', other: 'stops' })}, ${unexplained} without a reason`,
  noStops: 'There are no stops.',
  noReason: 'no reason',
  columns: { time: 'Time', length: 'Length', reason: 'Reason', note: 'Note', classify: 'Classify' },
  giveReason: 'Give a reason',
  change: 'Change',
  actOn: (action: string, time: string) => `${action}: stop ${time}`,
  since: (time: string) => `since ${time}`,
  describe: (time: string, length: string, reason: string) => `Stop ${time}, ${length}: ${reason}`,
  categories: { unplanned: 'unplanned', planned: 'planned', 'no-demand': 'no demand' },

  inTimeline: 'Stops in the timeline',
  withReason: 'stop with a reason',
  withoutReason: 'without',
  states: (states: string) => `States: ${states}`,

  byReason: 'Stops by reason',
  reasonsOfStops: 'Reasons of stops',
  pareto: { reason: 'Reason', stops: 'Stops', time: 'Time', share: 'Share', cumulative: 'Cumulative' },
  ofPlannedTime: (length: string) => `${length} of planned time`,

  reasonOfStop: 'Reason of a stop',
  stopOf: (time: string) => `Stop of ${time}`,
  from: (zone: string) => `From (${zone})`,
  to: (zone: string) => `To (${zone})`,
  toHint: 'empty while the machine stands still',
  noReasons: 'The organisation has no stop reasons yet. An engineer can add them at the end of this page.',
  overlaps: 'Another reason covers a part of this time. Send other times, or close this form and change that stop. Your input is kept.',
  inputKept: (message: string) => `${message} Your input is kept.`,
  endBeforeStart: 'Not saved: the end must be after the start.',
  split: 'Split',
  splitHint: 'Set the end of the first part. After saving, the form continues with the rest.',

  reasons: 'Stop reasons',
  reasonsOfOrganisation: 'Stop reasons of the organisation',
  reasonsHint: 'A reason that is in use keeps its category. Retire a reason that is no longer needed.',
  noReasonsYet: 'There are no reasons yet.',
  addReason: 'Add a reason',
  newReason: 'new reason',
  saver: {
    submit: 'Save reasons',
    showSaved: 'Show the saved reasons',
    conflict: 'Not saved: another user has changed the reasons. Your input is kept.',
  },
  reasonColumns: { name: 'Name', category: 'Category', group: 'Group', retired: 'Retired' },
  fieldOf: (field: string, reason: string) => `${field} of ${reason}`,
  retire: (reason: string) => `Retire ${reason}`,
}

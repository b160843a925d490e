/** Time zones with a clock change each. */
export const CLOCK_CHANGES: [zone: string, change: string][] = [
  ['UTC', '2021-01-21T02:06:58Z'],
  ['Europe/Berlin', '2024-03-31T01:00:00Z'],
  ['Europe/Berlin', '2024-10-27T01:00:00Z'],
  ['America/New_York', '2024-03-10T07:00:00Z'],
  ['America/New_York', '2024-11-03T06:00:00Z'],
  ['Asia/Kolkata', '2024-01-01T18:30:00Z'],
  ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
  // A change by half an hour, not on a whole hour of UTC.
  ['Australia/Lord_Howe', '2024-04-06T15:00:00Z'],
  ['Australia/Lord_Howe', '2024-10-05T15:30:00Z'],
  // A minute after midnight, back into the day before.
  ['America/St_Johns', '2010-11-07T02:31:00Z'],
  // At midnight: a day that begins at one o'clock, and a day whose last hour occurs twice.
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00:00Z'],
  // A day that was skipped.
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
  // Two changes within a month.
  ['Africa/Cairo', '2010-08-10T21:00:00Z'],
  ['Africa/Casablanca', '2024-03-10T02:00:00Z'],
  ['Africa/Casablanca', '2024-04-14T02:00:00Z'],
]

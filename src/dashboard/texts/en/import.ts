import { createCounter } from '../plural.ts'

const count = createCounter('en')
const countReadings = (readings: number) => count(readings, { one: 'reading', other: 'readings' })

/** The texts of the import. Problems of lines that the API finds as well are in the words of the API. */
export const importing = {
  label: 'Import',
  chooseFile: 'CSV file; choose it, or drop it here',
  reading: 'Reading the file…',
  unreadable: (reason: string) => `The file cannot be read: ${reason}`,
  notUtf8: 'The file is not UTF-8. Save it as “CSV UTF-8” in the spreadsheet, and choose it again.',
  tooLarge: 'The file is larger than 50 MB. Split it, and import the parts one by one.',
  unclosedQuote: (line: number) =>
    `Line ${line}: a quoted field is not closed. Add the closing quote, and double each quote within the field.`,
  noReadings: 'The file has no readings. It needs a header line, such as time,actual,goal, and lines.',

  settings: 'How the file is read',
  column: (member: string) => `Column: ${member}`,
  members: { time: 'Date and time', timeOfDay: 'Time of day, if separate', actual: 'Made', goal: 'Planned', scrap: 'Scrap' },
  notInFile: 'not in the file',
  unnamedColumn: (index: number) => `column ${index}`,
  format: 'Format of times',
  formats: {
    seconds: 'Unix seconds',
    milliseconds: 'Unix milliseconds',
    offset: 'ISO 8601 with offset',
    local: 'local time, year first',
    'day-month': 'local time, day before month',
    'month-day': 'local time, month before day',
  },
  zone: 'Time zone of the file',
  zoneOfFactory: (zone: string) => `${zone} (factory)`,

  preview: 'Preview',
  firstLines: 'First lines of the file',
  columns: {
    line: 'Line',
    timeInFile: 'Time in the file',
    understoodAs: 'Understood as',
    made: 'Made',
    planned: 'Planned',
    scrap: 'Scrap',
    column: 'Column',
    problem: 'Problem',
  },
  unchanged: 'unchanged',
  cleared: 'cleared',
  emptyHint: 'An empty cell clears the stored figure. A figure without a column stays unchanged.',
  refusedBelow: 'refused, see below',
  laterLine: 'a later line has this time',
  chooseTime: 'Choose the column with the date and the time.',
  chooseFormat: 'Choose the format of the times. The file does not show which one it is, or several formats fit, such as 3/4/2026.',
  chooseFigure: 'Choose the column of at least one figure.',
  chooseOtherColumns: 'Choose each column once.',
  lines: (lines: number, readings: number) => `${count(lines, { one: 'line', other: 'lines' })}: ${countReadings(readings)}`,
  refusedCount: (lines: string) => `${lines} refused`,
  repeatedCount: (lines: string) => `${lines} with the time of a later line, which counts`,
  quote: (line: number, text: string, time: string) => `line ${line} “${text}” is ${time}`,
  times: (first: string, last: string, zone: string) => `First time: ${first}. Last time: ${last}, in ${zone}.`,

  noDate: 'The date is missing. Add it.',
  noTime: 'The time is missing. Add it.',
  notOfFormat: (example: string) => `Not a time of the chosen format. Send one such as ${example}.`,
  notDate: (example: string) => `Not a date of the chosen format. Send one such as ${example}.`,
  skippedTime: (zone: string, example: string) =>
    `This time does not exist in ${zone}: the clocks skip it. Send the time with its offset, such as ${example}.`,
  repeatedTime: (zone: string, one: string, other: string) =>
    `This time occurs twice in ${zone}, because the clocks go back. Send ${one} or ${other}.`,
  sameSecond: (line: number) => `Same second as line ${line}. One reading per second is stored. Add the figures up, and send one line.`,
  otherFactory: (factory: string) => `This line belongs to factory ${factory}. Import it on its page.`,

  send: 'Send',
  sendReadings: (readings: number) => `Send ${countReadings(readings)}`,
  continueWith: (readings: number) => `Continue: send ${countReadings(readings)}`,
  sent: 'Sent',
  restart: 'Start again',
  cancel: 'Cancel',
  cancelled: 'Cancelled.',
  progress: 'Progress of the import',
  sentAlready: (readings: string) => `The first ${readings} readings are sent already.`,
  sentOf: (sent: string, readings: number) => `Sent ${sent} of ${countReadings(readings)}.`,
  continueLater: 'Continue here, or choose the same file later.',
  done: (changed: number, unchanged: string, refused: string) =>
    `Done: ${countReadings(changed)} new or changed, ${unchanged} already stored, ${refused} refused.`,
  keyChanged: 'The API key has changed. Choose the file again.',

  refused: 'Refused lines',
  refusedLines: (lines: number) => count(lines, { one: 'refused line', other: 'refused lines' }),
  firstProblems: (lines: string, problems: string) => `${lines}, the first ${problems} problems`,
  saveRefused: 'Save refused lines',
}

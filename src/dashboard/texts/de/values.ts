import type { LanguageTexts } from '../language-texts.ts'
import { createCounter } from '../plural.ts'

const count = createCounter('de')
const HOURS = { one: 'Stunde', other: 'Stunden' }

export const values: LanguageTexts['values'] = {
  dateStyle: { day: '2-digit', month: '2-digit' },
  units: ['', 'k', 'M', 'G', 'T', 'P'],
  justNow: 'gerade eben',
  ago: (length) => `vor ${length}`,
  seconds: (seconds) => `${seconds} s`,
  minutes: (minutes) => `${minutes} min`,
  hours: (hours) => `${hours} h`,
  hoursAndMinutes: (hours, minutes) => `${hours} h ${minutes} min`,
  days: (days) => count(days, { one: 'Tag', other: 'Tagen' }),
  span: (from, to) => `${from} bis ${to}`,
  noDataYet: 'noch keine Daten',
  noDataFor: (length) => `seit ${length} keine Daten`,
  noDataSince: (time) => `keine Daten seit ${time}`,
  noGoal: 'kein Soll',
  onGoal: 'genau im Soll',
  behindGoal: (gap) => `${gap} unter Soll`,
  aheadOfGoal: (gap) => `${gap} über Soll`,
  madeWithoutGoal: (made) => `${made} gefertigt, kein Soll`,
  madeOfGoal: (made, goal) => `${made} von ${goal}`,
  ofUsual: (readings, usual) => `${readings} von etwa ${usual}`,
  readings: (readings) => `${readings} Messwerten`,
  factory: (id) => `Werk ${id}`,
  states: { running: 'läuft', behind: 'Rückstand', stopped: 'steht', 'no-data': 'keine Daten', 'not-planned': 'nicht geplant' },
  justBehind: 'knapper Rückstand',
  goalReached: (reached, hours, lowest) => `Soll in ${reached} von ${count(hours, HOURS)} erreicht; die schwächste mit ${lowest}.`,
  hoursWithoutGoal: (hours) => `${count(hours, HOURS)} mit Messwerten, keine mit Soll.`,
  hoursLackReadings: (hours) => `In ${count(hours, HOURS)} fehlen Messwerte.`,
}

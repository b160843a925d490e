import type { LanguageTexts } from '../language-texts.ts'
import { createCounter } from '../plural.ts'

const count = createCounter('de')

export const stops: LanguageTexts['stops'] = {
  title: 'Stillstände',
  list: 'Liste der Stillstände',
  summary: (stops, unexplained) => `${count(stops, { one: 'Stillstand', other: 'Stillstände' })}, ${unexplained} ohne Grund`,
  noStops: 'Es gibt keine Stillstände.',
  noReason: 'ohne Grund',
  columns: { time: 'Zeit', length: 'Dauer', reason: 'Grund', note: 'Notiz', classify: 'Zuordnen' },
  giveReason: 'Grund angeben',
  change: 'Ändern',
  actOn: (action, time) => `${action}: Stillstand ${time}`,
  since: (time) => `seit ${time}`,
  describe: (time, length, reason) => `Stillstand ${time}, ${length}: ${reason}`,
  categories: { unplanned: 'ungeplant', planned: 'geplant', 'no-demand': 'kein Bedarf' },

  inTimeline: 'Stillstände im Zeitstrahl',
  withReason: 'Stillstand mit Grund',
  withoutReason: 'ohne',
  states: (states) => `Zustände: ${states}`,

  byReason: 'Stillstände nach Grund',
  reasonsOfStops: 'Gründe der Stillstände',
  pareto: { reason: 'Grund', stops: 'Stillstände', time: 'Zeit', share: 'Anteil', cumulative: 'Kumuliert' },
  ofPlannedTime: (length) => `${length} der geplanten Zeit`,

  reasonOfStop: 'Grund eines Stillstands',
  stopOf: (time) => `Stillstand vom ${time}`,
  from: (zone) => `Von (${zone})`,
  to: (zone) => `Bis (${zone})`,
  toHint: 'leer, solange die Maschine steht',
  noReasons: 'Die Organisation hat noch keine Stillstandsgründe. Ein Engineer kann sie am Ende dieser Seite anlegen.',
  overlaps:
    'Ein anderer Grund deckt einen Teil dieser Zeit ab. Senden Sie andere Zeiten, oder schließen Sie das Formular und ändern Sie jenen Stillstand. Ihre Eingabe bleibt erhalten.',
  inputKept: (message) => `${message} Ihre Eingabe bleibt erhalten.`,
  endBeforeStart: 'Nicht gespeichert: Das Ende muss nach dem Anfang liegen.',
  split: 'Teilen',
  splitHint: 'Legen Sie das Ende des ersten Teils fest. Nach dem Speichern folgt das Formular für den Rest.',

  reasons: 'Stillstandsgründe',
  reasonsOfOrganisation: 'Stillstandsgründe der Organisation',
  reasonsHint: 'Ein verwendeter Grund behält seine Kategorie. Legen Sie einen Grund still, der nicht mehr gebraucht wird.',
  noReasonsYet: 'Es gibt noch keine Gründe.',
  addReason: 'Grund hinzufügen',
  newReason: 'neuer Grund',
  saver: {
    submit: 'Gründe speichern',
    showSaved: 'Gespeicherte Gründe zeigen',
    conflict: 'Nicht gespeichert: Ein anderer Benutzer hat die Gründe geändert. Ihre Eingabe bleibt erhalten.',
  },
  reasonColumns: { name: 'Name', category: 'Kategorie', group: 'Gruppe', retired: 'Stillgelegt' },
  fieldOf: (field, reason) => `${field} von ${reason}`,
  retire: (reason) => `${reason} stilllegen`,
}

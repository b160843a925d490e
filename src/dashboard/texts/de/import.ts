import type { LanguageTexts } from '../language-texts.ts'
import { createCounter } from '../plural.ts'

const count = createCounter('de')
const countReadings = (readings: number) => count(readings, { one: 'Messwert', other: 'Messwerte' })

export const importing: LanguageTexts['importing'] = {
  label: 'Import',
  chooseFile: 'CSV-Datei; wählen Sie sie, oder legen Sie sie hier ab',
  reading: 'Die Datei wird gelesen…',
  unreadable: (reason) => `Die Datei kann nicht gelesen werden: ${reason}`,
  notUtf8: 'Die Datei ist nicht UTF-8. Speichern Sie sie in der Tabellenkalkulation als „CSV UTF-8“, und wählen Sie sie noch einmal.',
  tooLarge: 'Die Datei ist größer als 50 MB. Teilen Sie sie, und importieren Sie die Teile nacheinander.',
  unclosedQuote: (line) =>
    `Zeile ${line}: Ein Feld in Anführungszeichen ist nicht geschlossen. Ergänzen Sie das schließende Zeichen, und verdoppeln Sie jedes Zeichen im Feld.`,
  noReadings: 'Die Datei hat keine Messwerte. Sie braucht eine Kopfzeile wie time,actual,goal und weitere Zeilen.',

  settings: 'So wird die Datei gelesen',
  column: (member) => `Spalte: ${member}`,
  members: { time: 'Datum und Zeit', timeOfDay: 'Uhrzeit, falls getrennt', actual: 'Ist', goal: 'Soll', scrap: 'Ausschuss' },
  notInFile: 'nicht in der Datei',
  unnamedColumn: (index) => `Spalte ${index}`,
  format: 'Format der Zeiten',
  formats: {
    seconds: 'Unix-Sekunden',
    milliseconds: 'Unix-Millisekunden',
    offset: 'ISO 8601 mit Zeitverschiebung',
    local: 'Ortszeit, Jahr zuerst',
    'day-month': 'Ortszeit, Tag vor Monat',
    'month-day': 'Ortszeit, Monat vor Tag',
  },
  zone: 'Zeitzone der Datei',
  zoneOfFactory: (zone) => `${zone} (Werk)`,

  preview: 'Vorschau',
  firstLines: 'Erste Zeilen der Datei',
  columns: {
    line: 'Zeile',
    timeInFile: 'Zeit in der Datei',
    understoodAs: 'Verstanden als',
    made: 'Ist',
    planned: 'Soll',
    scrap: 'Ausschuss',
    column: 'Spalte',
    problem: 'Fehler',
  },
  unchanged: 'unverändert',
  cleared: 'gelöscht',
  emptyHint: 'Eine leere Zelle löscht den gespeicherten Wert. Ein Wert ohne Spalte bleibt unverändert.',
  refusedBelow: 'abgelehnt, siehe unten',
  laterLine: 'eine spätere Zeile hat diese Zeit',
  chooseTime: 'Wählen Sie die Spalte mit Datum und Zeit.',
  chooseFormat:
    'Wählen Sie das Format der Zeiten. Die Datei zeigt nicht, welches es ist, oder es passen mehrere Formate, wie bei 3/4/2026.',
  chooseFigure: 'Wählen Sie die Spalte von mindestens einem Wert.',
  chooseOtherColumns: 'Wählen Sie jede Spalte nur einmal.',
  lines: (lines, readings) => `${count(lines, { one: 'Zeile', other: 'Zeilen' })}: ${countReadings(readings)}`,
  refusedCount: (lines) => `${lines} abgelehnt`,
  repeatedCount: (lines) => `${lines} mit der Zeit einer späteren Zeile, die zählt`,
  quote: (line, text, time) => `Zeile ${line} „${text}“ ist ${time}`,
  times: (first, last, zone) => `Erste Zeit: ${first}. Letzte Zeit: ${last}, in ${zone}.`,

  noDate: 'Das Datum fehlt. Ergänzen Sie es.',
  noTime: 'Die Zeit fehlt. Ergänzen Sie sie.',
  notOfFormat: (example) => `Keine Zeit im gewählten Format. Senden Sie eine wie ${example}.`,
  notDate: (example) => `Kein Datum im gewählten Format. Senden Sie eines wie ${example}.`,
  skippedTime: (zone, example) =>
    `Diese Zeit gibt es in ${zone} nicht: Die Uhren überspringen sie. Senden Sie die Zeit mit Zeitverschiebung, zum Beispiel ${example}.`,
  repeatedTime: (zone, one, other) =>
    `Diese Zeit gibt es in ${zone} zweimal, weil die Uhren zurückgestellt werden. Senden Sie ${one} oder ${other}.`,
  sameSecond: (line) =>
    `Gleiche Sekunde wie Zeile ${line}. Pro Sekunde wird ein Messwert gespeichert. Addieren Sie die Werte, und senden Sie eine Zeile.`,
  otherFactory: (factory) => `Diese Zeile gehört zu Werk ${factory}. Importieren Sie sie auf dessen Seite.`,

  send: 'Senden',
  sendReadings: (readings) => `${countReadings(readings)} senden`,
  continueWith: (readings) => `Fortsetzen: ${countReadings(readings)} senden`,
  sent: 'Gesendet',
  restart: 'Von vorn beginnen',
  cancel: 'Abbrechen',
  cancelled: 'Abgebrochen.',
  progress: 'Fortschritt des Imports',
  sentAlready: (readings) => `Die ersten ${readings} Messwerte sind schon gesendet.`,
  sentOf: (sent, readings) => `${sent} von ${count(readings, { one: 'Messwert', other: 'Messwerten' })} gesendet.`,
  continueLater: 'Setzen Sie hier fort, oder wählen Sie später dieselbe Datei.',
  done: (changed, unchanged, refused) =>
    `Fertig: ${countReadings(changed)} neu oder geändert, ${unchanged} schon gespeichert, ${refused} abgelehnt.`,
  keyChanged: 'Der API-Schlüssel hat sich geändert. Wählen Sie die Datei noch einmal.',

  refused: 'Abgelehnte Zeilen',
  refusedLines: (lines) => count(lines, { one: 'abgelehnte Zeile', other: 'abgelehnte Zeilen' }),
  firstProblems: (lines, problems) => `${lines}, die ersten ${problems} Fehler`,
  saveRefused: 'Abgelehnte Zeilen speichern',
}

import type { LanguageTexts } from '../language-texts.ts'
import { createCounter } from '../plural.ts'

const count = createCounter('de')

/** The kinds of points of a chart, as nouns after a count. */
const POINTS = {
  raw: { one: 'Messwert', other: 'Messwerte' },
  hour: { one: 'Stunde', other: 'Stunden' },
  day: { one: 'Tag', other: 'Tage' },
}
/** The same nouns after a preposition. */
const DATIVE = {
  raw: { one: 'Messwert', other: 'Messwerten' },
  hour: { one: 'Stunde', other: 'Stunden' },
  day: { one: 'Tag', other: 'Tagen' },
}

export const chart: LanguageTexts['chart'] = {
  title: {
    week: 'Die letzten 7 Tage, Stunde für Stunde',
    month: 'Die letzten 30 Tage, Stunde für Stunde',
    year: 'Die letzten 365 Tage, Tag für Tag',
    newest: 'Die neuesten Messwerte',
  },
  steps: { raw: '', hour: ', Stunde für Stunde', day: ', Tag für Tag' },
  ranges: { shift: 'Schicht', day: 'Tag', week: 'Woche', month: 'Monat', year: 'Jahr', newest: 'neueste' },
  points: (points, resolution) => count(points, POINTS[resolution]),
  sample: (points) => `Eine Stichprobe von ${points} Messwerten`,
  extent: (points, from, to, zone) => `${points} von ${from} bis ${to} (${zone}).`,
  madeBetween: (lowest, highest) => `Das Ist liegt zwischen ${lowest} und ${highest}.`,
  total: (made, planned, gap, behind, points, resolution) =>
    `${made} gefertigt von ${planned} geplanten, ${gap}; unter Soll in ${behind} von ${count(points, DATIVE[resolution])} mit Soll.`,
  noPoints: 'Keine Daten',
  noData: 'In diesem Zeitraum gibt es keine Daten.',
  noDataIn: (points, resolution) => `Keine Daten in ${count(points, DATIVE[resolution])}.`,
  missingIn: (points, resolution) => `In ${count(points, DATIVE[resolution])} fehlen Messwerte.`,
  notOver: (resolution) => (resolution === 'hour' ? 'Die letzte Stunde läuft noch.' : 'Der letzte Tag läuft noch.'),
  cut: (resolution) => `Der Zeitraum hat mehr ${POINTS[resolution].other}, als das Diagramm zeigt; gezeigt sind die ersten.`,

  label:
    'Diagramm von Ist und Soll. Pfeiltasten lesen Werte, mit der Umschalttaste bewegen sie durch die Zeit; Plus und Minus zoomen, 0 setzt zurück',
  touchHint: 'Tippen liest Werte; ein Finger bewegt durch die Zeit, zwei zoomen.',
  pointerHint:
    'Zeigen liest Werte, Ziehen zoomt, Umschalt und Ziehen verschiebt. Tasten: ← → lesen, Umschalt ← → verschieben, + − zoomen, 0 setzt zurück.',
  legend: { actual: 'Ist', goal: 'Soll', 'behind-area': 'unter Soll', 'ahead-area': 'über Soll', ghost: 'früher' },
  timeIn: (zone) => `Zeit in ${zone}`,
  describePoint: (time, zone, made, planned, gap) => `${time} (${zone}): Ist ${made}, Soll ${planned}, Abweichung ${gap}`,
  tooltip: { made: 'Ist', plan: 'Soll', gap: 'Abweichung', share: 'Erfüllung', earlier: 'Früher' },

  compareWith: 'Vergleichen mit',
  ghosts: { 0: 'keinem anderen Zeitraum', 1: 'dem Vortag', 7: 'der Vorwoche' },
  axisFromZero: 'Achse ab 0',
  range: 'Zeitraum',
  moveThroughTime: 'Durch die Zeit bewegen',
  earlier: 'Früher',
  later: 'Später',
  zoomIn: 'Vergrößern',
  zoomOut: 'Verkleinern',
  resetZoom: 'Zoom zurücksetzen',
  from: 'Von',
  to: 'bis',
  inZone: (zone) => `in ${zone}`,
  show: 'Zeigen',
  endBeforeStart: 'Das Ende muss nach dem Anfang liegen.',
  previous: { shift: 'Vorige Schicht', day: 'Voriger Tag' },
  next: { shift: 'Nächste Schicht', day: 'Nächster Tag' },

  everyPoint: 'Alle Punkte des Diagramms',
  sampleTable: 'Stichprobe als Tabelle',
  table: 'Daten als Tabelle',
  heads: { raw: 'Zeit', hour: 'Stunde ab', day: 'Tag ab' },
  columns: { made: 'Ist', planned: 'Soll', gap: 'Abweichung', readings: 'Messwerte', change: 'Ändern' },
  incomplete: (missing) => `unvollständig: ${missing}`,
  correct: 'Korrigieren',
  correctReading: (time) => `Messwert von ${time} korrigieren`,
}

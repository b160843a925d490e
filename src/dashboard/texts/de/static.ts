import type { LanguageTexts } from '../language-texts.ts'

export const staticPages: LanguageTexts['staticPages'] = {
  notFound: 'Seite nicht gefunden',
  noSuchPage: (factoriesLink, guidesLink, referenceLink) =>
    `Unter dieser Adresse gibt es keine Seite. Prüfen Sie sie auf Tippfehler, oder öffnen Sie ${factoriesLink}, ${guidesLink} oder ${referenceLink}.`,
  needsJavaScript: (summaryLink, chartLink, guidesLink) =>
    `Diese Seite braucht JavaScript. Dieselben Daten ohne JavaScript: ${summaryLink}, ${chartLink}, ${guidesLink}.`,
  factories: 'die Werke',
  guides: 'die Anleitungen',
  reference: 'die Referenz der API',
  chart: 'ein Diagramm als Bild',
}

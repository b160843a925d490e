import type { LanguageTexts } from '../language-texts.ts'

export const wall: LanguageTexts['wall'] = {
  title: 'Wandanzeige',
  factories: 'Werke',
  noFactories: 'Es gibt keine Werke.',
  noFactory: (id) => `Es gibt kein Werk ${id}, oder der Schlüssel darf es nicht lesen.`,
  lastReading: (age) => `letzter Messwert ${age}`,
  madeIn24Hours: 'Ist in 24 h',
  planned: 'Soll',
  made: 'Ist',
  dueByNow: 'Soll bis jetzt',
  forecast: 'Prognose',
  target: 'Ziel',
  linkButton: 'Link zur Wandanzeige…',
  linkTitle: 'Link zur Wandanzeige',
  linkHint:
    'Eine Adresse für einen Bildschirm, mit einem Schlüssel, der nur die gewählten Werke lesen darf. Jeder, der die Adresse hat, kann diese Werke lesen.',
  screenName: 'Name des Bildschirms',
  chooseFactories: 'Werke; ohne Auswahl alle',
  address: 'Adresse',
  created: 'Angelegt. Die Adresse wird nur einmal gezeigt. Öffnen Sie sie auf dem Bildschirm, oder kopieren Sie sie.',
  linksInUse: 'Links in Gebrauch',
  allFactories: 'alle Werke',
  someFactories: (ids) => `Werke ${ids}`,
  revoke: 'Widerrufen',
  revokeLink: (name) => `${name} widerrufen`,
  revoked: 'Widerrufen. Die Wandanzeige stoppt innerhalb von 30 Sekunden.',
}

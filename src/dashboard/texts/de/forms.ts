import type { LanguageTexts } from '../language-texts.ts'

export const forms: LanguageTexts['forms'] = {
  choose: 'Bitte wählen',
  name: 'Name',
  save: 'Speichern',
  add: 'Hinzufügen',
  create: 'Anlegen',
  remove: 'Entfernen',
  close: 'Schließen',
  saving: 'Wird gespeichert…',
  saved: 'Gespeichert.',
  removed: 'Entfernt.',
  copy: 'Kopieren',
  copied: 'Kopiert.',
  pressAgain: (action) => `Zum ${action} noch einmal drücken`,
  saveAnyway: 'Meine Fassung trotzdem speichern',
  useSaved: 'Gespeicherte Werte übernehmen',
  keepMine: 'Meine Werte behalten',
  discarded: 'Das Formular zeigt die gespeicherten Werte. Ihre Änderungen wurden verworfen.',
  conflict: 'Widersprüchliche Änderung',
  changedByOther:
    'Ein anderer Benutzer hat diese Angaben geändert, nachdem Sie sie geöffnet haben. Ihre Änderungen sind noch nicht gespeichert.',
  sameByOther: 'Ein anderer Benutzer hat dieselben Werte gespeichert.',
  savedColumn: 'Gespeichert',
  yoursColumn: 'Ihre Eingabe',
  changedOrRemoved: 'Nicht gespeichert: Ein anderer Benutzer hat diese Angaben geändert oder entfernt. Laden Sie die Seite neu.',
}

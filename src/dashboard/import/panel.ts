import { LIMITS } from '../../schemas/limits.ts'
import type { Api } from '../api/api.ts'
import { describeError } from '../api/describe-failure.ts'
import { h, setText } from '../elements/dom.ts'
import { formatNumber } from '../values/numbers.ts'
import { checkLines } from './check-lines.ts'
import type { ImportSettings } from './check-lines.ts'
import { createFileField } from './file-field.ts'
import { guessFormat, openFile } from './open-file.ts'
import type { OpenFile } from './open-file.ts'
import { splitIntoParts } from './parts.ts'
import { createPreview } from './preview.ts'
import { createProgress, createProgressStore } from './progress.ts'
import type { Progress } from './progress.ts'
import { FileError } from './read-table.ts'
import { createRefusedLines } from './refused-lines.ts'
import { sendParts } from './send.ts'
import { createSettingsForm } from './settings-form.ts'
import { texts } from '../texts/import.ts'

const isSame = (a: ImportSettings, b: ImportSettings) => JSON.stringify(a) === JSON.stringify(b)

/** Returns the number of readings in the parts that are sent. */
const countSent = (all: number, { parts }: Progress): number => Math.min(all, parts * LIMITS.readings)

/** Describes a finished import. */
const describeResult = ({ changed, unchanged }: Progress, refusedLines: number): string =>
  texts.done(changed, formatNumber(unchanged), formatNumber(refusedLines))

/**
 * Creates the panel that imports readings from a CSV file: choice of the file, settings, preview, and sending with progress.
 * @param signal ends an import that is running, when the page ends
 */
export const createImportPanel = (api: Api, id: number, zone: string, signal: AbortSignal): HTMLElement => {
  const store = createProgressStore(id)
  /** The file that was chosen last. */
  let newest: File | undefined
  let file: OpenFile | undefined
  let running: AbortController | undefined

  const settingsForm = createSettingsForm(zone, () => update())
  const preview = createPreview(zone)
  const refusedLines = createRefusedLines(id)
  const status = h('p', { className: 'said', role: 'status' })
  const bar = h('progress', { hidden: true, 'aria-label': texts.progress })
  const send = h('button', { type: 'submit', disabled: true }, texts.send)
  const restart = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.restart)
  const cancel = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.cancel)
  const form = h(
    'form',
    { 'aria-label': texts.label, hidden: true },
    settingsForm.element,
    preview.element,
    h('p', { className: 'buttons' }, send, restart, cancel),
    bar,
  )
  const fileField = createFileField((chosen) => void open(chosen))

  const findProgress = (settings: ImportSettings): Progress => {
    const stored = file && store.read(file.progressKey)
    return stored && isSame(stored.settings, settings) ? stored : createProgress(settings)
  }

  /** Labels the buttons with the number of readings that are not sent yet. */
  const showButtons = (canSend: boolean, progress: Progress) => {
    const all = file!.checked.readings.length
    const sent = countSent(all, progress)
    send.disabled = !canSend || sent === all
    setText(send, progress.parts > 0 ? texts.continueWith(all - sent) : texts.sendReadings(all - sent))
    restart.hidden = progress.parts === 0
    setText(status, progress.parts > 0 ? texts.sentAlready(formatNumber(sent)) : '')
  }

  /** Reads the settings. Other columns of times may have another format. */
  const readSettings = (open: OpenFile): ImportSettings => {
    const settings = settingsForm.read()
    const { time, timeOfDay } = settings.columns
    if (time === open.columns.time && timeOfDay === open.columns.timeOfDay) return settings
    open.columns = settings.columns
    const changed = { ...settings, format: guessFormat(open.table, settings.columns) }
    settingsForm.fill(open.table.header, changed)
    return changed
  }

  /** Checks the file with the current settings. */
  const update = () => {
    if (!file) return
    const settings = readSettings(file)
    file.checked = checkLines(file.table, settings, id, Date.now())
    const canSend = preview.show(file.table, settings, file.checked)
    const progress = findProgress(settings)
    showButtons(canSend, progress)
    refusedLines.show(file.table, [...file.checked.refused, ...progress.refused])
  }

  const closeFile = (words: string) => {
    file = undefined
    form.hidden = true
    refusedLines.hide()
    setText(status, words)
  }

  /** Opens a file. A later one replaces it, also while it is read. */
  const open = async (chosen: File) => {
    running?.abort()
    closeFile(texts.reading)
    newest = chosen
    try {
      const opened = await openFile(chosen, api, store, zone)
      if (chosen !== newest) return
      file = opened.file
      settingsForm.fill(file.table.header, opened.settings)
      form.hidden = false
      update()
    } catch (error) {
      if (chosen !== newest) return
      setText(status, error instanceof FileError ? error.message : texts.unreadable((error as Error).message))
    }
  }

  /** Shows the buttons of an import that is running, or of one that is not. */
  const setRunning = (controller: AbortController | undefined) => {
    running = controller
    const isRunning = controller !== undefined
    cancel.hidden = !isRunning
    bar.hidden = !isRunning
    settingsForm.element.disabled = isRunning
    restart.hidden ||= isRunning
    send.disabled = isRunning
  }

  const start = async ({ progressKey, table, checked }: OpenFile, settings: ImportSettings) => {
    const controller = new AbortController()
    const parts = splitIntoParts(checked.readings)
    const progress = findProgress(settings)
    setRunning(controller)
    cancel.focus()
    const report = (sent: Progress) => {
      store.write(progressKey, sent)
      bar.max = parts.length
      bar.value = sent.parts
      const all = checked.readings.length
      setText(status, texts.sentOf(formatNumber(countSent(all, sent)), all))
      refusedLines.show(table, [...checked.refused, ...sent.refused])
    }
    report(progress)
    try {
      const findColumn = (member: string) => table.header[settings.columns[member as keyof ImportSettings['columns']] ?? -1] ?? member
      const ends = AbortSignal.any([controller.signal, signal])
      const done = await sendParts(api, { id, parts, progress, findColumn, report, signal: ends })
      store.clear()
      const hadFocus = document.activeElement === cancel
      setRunning(undefined)
      if (hadFocus) fileField.focus()
      const refused = new Set([...checked.refused, ...done.refused].map(({ line }) => line)).size
      setText(send, texts.sent)
      send.disabled = true
      setText(status, describeResult(done, refused))
    } catch (error) {
      const hadFocus = document.activeElement === cancel
      setRunning(undefined)
      if (file?.progressKey !== progressKey) return
      showButtons(true, findProgress(settings))
      if (hadFocus) send.focus()
      const words = controller.signal.aborted ? texts.cancelled : describeError(error)
      setText(status, `${words} ${status.textContent} ${texts.continueLater}`.replaceAll('  ', ' '))
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!file || running) return
    if (file.key === api.key) void start(file, settingsForm.read())
    else closeFile(texts.keyChanged)
  })
  cancel.addEventListener('click', () => running?.abort())
  restart.addEventListener('click', () => {
    store.clear()
    update()
    send.focus()
  })
  return h('div', { className: 'import' }, fileField.element, form, status, refusedLines.element)
}

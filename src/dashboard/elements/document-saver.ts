import { ApiError } from '../../client/client.ts'
import { h, setText } from './dom.ts'
import { describeError } from '../api/describe-failure.ts'
import { texts } from '../texts/forms.ts'

interface DocumentOptions {
  /** The label of the button that saves, the label of the button that shows the stored document, and the message about a conflict. */
  words: { submit: string; showSaved: string; conflict: string }
  /** Loads the stored document into the form. Returns its entity tag. */
  load(): Promise<string | null>
  /** Returns the entity tag of the stored document, and leaves the form as it is. */
  findEtag(): Promise<string | null>
  /** Saves the content of the form, if the stored document still has the entity tag. */
  write(condition: { ifMatch?: string }): Promise<unknown>
  /** Explains an error at the fields that it concerns. Returns the message for the status. */
  explain?(error: ApiError): string
}

/** Creates the buttons and the status of a form that replaces a whole document. If another user has changed the document, the form keeps its input. */
export const createDocumentSaver = ({ words, load, findEtag, write, explain }: DocumentOptions) => {
  const status = h('p', { className: 'said', role: 'status' })
  const submit = h('button', { type: 'submit' }, words.submit)
  const overwrite = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.saveAnyway)
  const reload = h('button', { type: 'button', className: 'quiet', hidden: true }, words.showSaved)
  let etag: string | null = null
  let isSaving = false

  const showConflict = (isConflict: boolean) => {
    overwrite.hidden = !isConflict
    reload.hidden = !isConflict
  }
  const open = async () => {
    etag = await load()
    setText(status, '')
    showConflict(false)
  }
  const handleSaveError = (error: unknown) => {
    const isConflict = error instanceof ApiError && error.status === 412
    showConflict(isConflict)
    if (isConflict) return words.conflict
    return error instanceof ApiError && explain ? explain(error) : describeError(error)
  }
  const save = async () => {
    if (isSaving) return
    isSaving = true
    setText(status, texts.saving)
    try {
      await write(etag === null ? {} : { ifMatch: etag })
      await open()
      setText(status, texts.saved)
    } catch (error) {
      setText(status, handleSaveError(error))
    } finally {
      isSaving = false
    }
  }
  const saveAnyway = async () => {
    etag = await findEtag()
    await save()
    submit.focus()
  }
  const reopen = async () => {
    await open()
    submit.focus()
  }
  const run = (work: Promise<void>) => void work.catch((error: Error) => setText(status, error.message))
  overwrite.addEventListener('click', () => run(saveAnyway()))
  reload.addEventListener('click', () => run(reopen()))
  return {
    status,
    /** The button that saves. */
    submit,
    /** The buttons that resolve a conflict. They are hidden otherwise. */
    conflictButtons: [overwrite, reload],
    /** Loads the stored document. */
    open: () => run(open()),
    /** Saves when the form is submitted. */
    handleSubmit(event: Event) {
      event.preventDefault()
      run(save())
    },
  }
}

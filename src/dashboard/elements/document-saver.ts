import { ApiError } from '../../client/client.ts'
import { h, setText } from './dom.ts'
import { describeError } from '../api/describe-failure.ts'
import { texts } from '../texts/forms.ts'
import { texts as pageTexts } from '../texts/page.ts'

interface DocumentOptions {
  /** The label of the button that saves, the label of the button that shows the stored document, and the message about a conflict. */
  words: { submit: string; showSaved: string; conflict: string }
  /** The fields of the form. They are hidden until they have the content of the stored document. */
  fields: HTMLElement
  /** Loads the stored document into the fields. Returns its entity tag. */
  load(): Promise<string>
  /** Returns the entity tag of the stored document, and leaves the fields as they are. */
  findEtag(): Promise<string>
  /** Saves the content of the fields, if the stored document still has the entity tag. Returns the new entity tag. */
  write(condition: { ifMatch: string }): Promise<string>
  /** Explains an error at the fields that it concerns. Returns the message for the status. */
  explain?(error: ApiError): string
}

/**
 * Creates the buttons and the status of a form that replaces a whole document. A form that has not loaded its document cannot save. If
 * another user has changed the document, the form keeps its input.
 */
export const createDocumentSaver = ({ words, fields, load, findEtag, write, explain }: DocumentOptions) => {
  const status = h('p', { className: 'said', role: 'status' }, pageTexts.loading)
  const submit = h('button', { type: 'submit', hidden: true }, words.submit)
  const overwrite = h('button', { type: 'button', className: 'quiet', hidden: true }, texts.saveAnyway)
  const reload = h('button', { type: 'button', className: 'quiet', hidden: true }, words.showSaved)
  /** The entity tag of the document that the fields show; undefined until they show one. */
  let etag: string | undefined
  let isBusy = false
  fields.hidden = true

  const showConflict = (isConflict: boolean) => {
    overwrite.hidden = !isConflict
    reload.hidden = !isConflict
  }
  const handleLoadError = (error: unknown) => {
    reload.hidden = false
    return texts.notLoaded(describeError(error))
  }
  const handleSaveError = (error: unknown) => {
    const isConflict = error instanceof ApiError && error.status === 412
    showConflict(isConflict)
    if (isConflict) return words.conflict
    return error instanceof ApiError && explain ? explain(error) : describeError(error)
  }
  /** Runs one task at a time, so that a second press has no effect. Shows the text that the task or the handler of its error returns. */
  const run = async (text: string, task: () => Promise<string>, handleError: (error: unknown) => string) => {
    if (isBusy) return
    isBusy = true
    setText(status, text)
    setText(status, await task().catch(handleError))
    isBusy = false
  }
  const fill = () =>
    run(
      pageTexts.loading,
      async () => {
        etag = await load()
        fields.hidden = false
        submit.hidden = false
        showConflict(false)
        return ''
      },
      handleLoadError,
    )
  /** Saves the fields and leaves them as they are, so that the focus and later input stay. */
  const save = (findCondition: () => Promise<string>) =>
    run(
      texts.saving,
      async () => {
        etag = await write({ ifMatch: await findCondition() })
        showConflict(false)
        return texts.saved
      },
      handleSaveError,
    )
  const moveFocus = () => submit.focus()
  overwrite.addEventListener('click', () => void save(findEtag).then(moveFocus))
  reload.addEventListener('click', () => void fill().then(moveFocus))
  return {
    status,
    /** The button that saves. */
    submit,
    /** The buttons that resolve a conflict or load the document again. They are hidden otherwise. */
    conflictButtons: [overwrite, reload],
    /** Loads the stored document, unless the fields show one. */
    open: async () => (etag === undefined ? fill() : undefined),
    /** Saves when the form is submitted. */
    handleSubmit(event: Event) {
      event.preventDefault()
      const condition = etag
      if (condition !== undefined) void save(async () => condition)
    },
  }
}

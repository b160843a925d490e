import type { ApiError } from '../../client/client.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { wrapName } from '../../schemas/text-direction.ts'
import { h } from '../elements/dom.ts'
import { describeError } from '../api/describe-failure.ts'
import { formatLocalDate } from './words.ts'
import { texts } from '../texts/schedule.ts'

const POINTER = /#\/(versions|exceptions)\/(\d+)(?:\/shifts\/(\d+))?(?:\/\w+)*/g

/** Replaces each JSON pointer in a message by the name of its shift and its date: "Early of the version from Mon 5 Jan 2026". */
export const namePointers = (message: string, schedule: Schedule): string =>
  message.replaceAll(POINTER, (pointer: string, list: string, index: string, position: string | undefined) => {
    const isVersion = list === 'versions'
    const parent = isVersion ? schedule.versions[Number(index)] : schedule.exceptions[Number(index)]
    if (!parent) return pointer
    const place =
      'valid_from' in parent ? texts.versionFrom(formatLocalDate(parent.valid_from)) : texts.exceptionOf(formatLocalDate(parent.date))
    const shift = position === undefined ? undefined : parent.shifts[Number(position)]
    return shift ? texts.shiftOf(wrapName(shift.name), place) : place
  })

/** Splits a JSON pointer such as `#/versions/0/valid_from` into its members. */
const splitPointer = (pointer: string) => pointer.split('/').slice(1)

/** Removes the errors at the fields of a form. */
export const clearFieldErrors = (form: HTMLElement): void => {
  for (const message of form.querySelectorAll('.field-error')) message.remove()
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid')
    field.removeAttribute('aria-describedby')
  }
}

/**
 * Shows each error of a response at the field that it concerns, and moves the focus to the first one.
 * @param schedule the schedule that was sent
 * @param locate returns the element of a member of the schedule
 * @returns the message of the form
 */
export const showFieldErrors = (error: ApiError, schedule: Schedule, locate: (path: readonly string[]) => HTMLElement): string => {
  const errors = error.problem.errors ?? []
  if (errors.length === 0) return describeError(error)
  const fields = errors.map(({ pointer, detail }, n) => {
    const id = `field-error-${n}`
    const place = locate(splitPointer(pointer))
    const field = place.querySelector<HTMLElement>('input, button')
    field?.setAttribute('aria-invalid', 'true')
    field?.setAttribute('aria-describedby', [field.getAttribute('aria-describedby'), id].filter(Boolean).join(' '))
    const message = h('span', { id, className: 'field-error' }, namePointers(detail, schedule))
    // A message within a label would become a part of the name of its field.
    if (place instanceof HTMLLabelElement) place.after(message)
    else place.append(message)
    return field
  })
  fields[0]?.focus()
  return texts.fieldErrors(errors.length)
}

import { LIMITS } from '../../schemas/limits.ts'
import { parseDay } from '../../schemas/dates.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { h, setText } from '../elements/dom.ts'
import { createLabelled, createPartList, createQuietButton } from './form-part.ts'
import type { FormPart, PartEvents } from './form-part.ts'
import { createDatedShiftFields, createWeeklyShiftFields, NEW_DATED_SHIFT, NEW_WEEKLY_SHIFT } from './shift-fields.ts'
import { formatLocalDate } from './words.ts'
import { texts } from '../texts/schedule.ts'

type Version = Schedule['versions'][number]
type Exception = Schedule['exceptions'][number]

/** Creates the legend of a group of fields that names the date of an input. */
const createDatedLegend = (format: (date: string) => string, input: HTMLInputElement) => {
  const legend = h('legend', {})
  const show = () => setText(legend, format(input.value === '' ? texts.newDate : formatLocalDate(input.value)))
  input.addEventListener('input', show)
  show()
  return legend
}

/** Creates the fields of a version: its first date and its shifts. */
const createVersionFields = ({ valid_from, shifts }: Version, { change, remove }: PartEvents): FormPart<Version> => {
  const date = createLabelled(texts.validFrom, { type: 'date', value: valid_from, required: true })
  const add = createQuietButton(texts.addShift, () => list.append(NEW_WEEKLY_SHIFT))
  const list = createPartList(createWeeklyShiftFields, change, () => add)
  list.fill(shifts)
  return {
    element: h(
      'fieldset',
      { className: 'version-fields' },
      createDatedLegend(texts.versionTitle, date.input),
      h('div', { className: 'fields' }, date.element),
      list.element,
      h('p', { className: 'buttons' }, add, createQuietButton(texts.removeVersion, remove)),
    ),
    read: () => ({ valid_from: date.input.value, shifts: list.parts.map((part) => part.read()) }),
    locate: ([member, ...path]) => (member === 'shifts' ? list.locate(path) : date.element),
    focus: () => date.input.focus(),
  }
}

/** Creates the fields of an exception: its date, its note, and the shifts that start on the date. */
const createExceptionFields = ({ date: value, note, shifts }: Exception, { change, remove }: PartEvents): FormPart<Exception> => {
  const date = createLabelled(texts.date, { type: 'date', value, required: true })
  const reason = createLabelled(texts.note, { type: 'text', value: note ?? '', maxLength: LIMITS.nameCharacters, dir: 'auto' })
  const none = h('p', { className: 'hint' }, texts.noShiftOnDate)
  const showNone = () => {
    none.hidden = list.parts.length > 0
    change()
  }
  const add = createQuietButton(texts.addShift, () => list.append(NEW_DATED_SHIFT))
  const list = createPartList(createDatedShiftFields, showNone, () => add)
  list.fill(shifts)
  none.hidden = shifts.length > 0
  return {
    element: h(
      'fieldset',
      { className: 'exception-fields' },
      createDatedLegend(texts.exceptionTitle, date.input),
      h('div', { className: 'fields' }, date.element, reason.element),
      none,
      list.element,
      h('p', { className: 'buttons' }, add, createQuietButton(texts.removeException, remove)),
    ),
    read: () => ({
      date: date.input.value,
      shifts: list.parts.map((part) => part.read()),
      note: reason.input.value.trim() === '' ? null : reason.input.value,
    }),
    locate: ([member, ...path]) => {
      if (member === 'shifts') return list.locate(path)
      return member === 'note' ? reason.element : date.element
    },
    focus: () => date.input.focus(),
  }
}

/**
 * Creates the fields of a schedule.
 * @param change called after every change
 */
export const createScheduleFields = (change: () => void) => {
  const addVersion = createQuietButton(texts.addVersion, () => {
    const newest = read().versions.at(-1)
    versions.append({ valid_from: '', shifts: newest?.shifts ?? [NEW_WEEKLY_SHIFT] })
  })
  const addException = createQuietButton(texts.addException, () => exceptions.append({ date: '', shifts: [], note: null }))
  const versions = createPartList(createVersionFields, change, () => addVersion)
  const exceptions = createPartList(createExceptionFields, change, () => addException)
  const element = h(
    'div',
    { className: 'schedule-fields' },
    h('h3', {}, texts.shiftsOfWeek),
    h('p', { className: 'hint' }, texts.versionsHint),
    versions.element,
    h('p', { className: 'buttons' }, addVersion),
    h('h3', {}, texts.exceptions),
    h('p', { className: 'hint' }, texts.exceptionsHint),
    exceptions.element,
    h('p', { className: 'buttons' }, addException),
  )
  element.addEventListener('input', change)
  const read = (): Schedule => ({
    versions: versions.readInOrder(({ valid_from }) => valid_from),
    exceptions: exceptions.readInOrder(({ date }) => date),
  })
  return {
    element,
    fill(schedule: Schedule) {
      versions.fill(schedule.versions)
      exceptions.fill(schedule.exceptions)
      change()
    },
    /** Returns the schedule with its versions and exceptions in order of their dates. */
    read,
    /** Returns the element of a member of the schedule that was read last; the element of all fields for its root. */
    locate([list, ...path]: readonly string[]): HTMLElement {
      if (list === 'versions') return versions.locate(path)
      return list === 'exceptions' ? exceptions.locate(path) : element
    },
  }
}

/** Returns a schedule without the versions, exceptions, shifts and breaks that have no valid date or time yet. The preview shows it. */
export const selectComplete = ({ versions, exceptions }: Schedule): Schedule => {
  const isComplete = ({ start, end }: { start: string; end: string }) => start !== '' && end !== ''
  const complete = <Shift extends Exception['shifts'][number]>(shifts: Shift[]) =>
    shifts.filter(isComplete).map((shift) => ({ ...shift, breaks: shift.breaks.filter(isComplete) }))
  return {
    versions: versions
      .filter(({ valid_from }) => parseDay(valid_from) !== undefined)
      .map((version) => ({ ...version, shifts: complete(version.shifts) })),
    exceptions: exceptions
      .filter(({ date }) => parseDay(date) !== undefined)
      .map((exception) => ({ ...exception, shifts: complete(exception.shifts) })),
  }
}

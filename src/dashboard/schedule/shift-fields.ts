import { LIMITS } from '../../schemas/limits.ts'
import type { Schedule } from '../../schemas/schedules.ts'
import { WEEKDAYS } from '../../schemas/weekdays.ts'
import type { Weekday } from '../../schemas/weekdays.ts'
import { h, setText } from '../elements/dom.ts'
import { createLabelled, createPartList, createQuietButton } from './form-part.ts'
import type { FormPart, PartEvents } from './form-part.ts'
import { formatWeekday } from './words.ts'
import { texts } from '../texts/schedule.ts'
import { texts as formTexts } from '../texts/forms.ts'

export type WeeklyShift = Schedule['versions'][number]['shifts'][number]
export type DatedShift = Schedule['exceptions'][number]['shifts'][number]
type Break = DatedShift['breaks'][number]

/** A new shift, without a name. */
const NEW_SHIFT: DatedShift = { name: '', start: '06:00', end: '14:00', breaks: [], target: null }
export const NEW_DATED_SHIFT = NEW_SHIFT
export const NEW_WEEKLY_SHIFT: WeeklyShift = { ...NEW_SHIFT, days: ['mon', 'tue', 'wed', 'thu', 'fri'] }

/** Creates the fields of a break. */
const createBreakFields = ({ start, end }: Break, { remove }: PartEvents): FormPart<Break> => {
  const [from, to] = [
    createLabelled(texts.breakFrom, { type: 'time', value: start, required: true }),
    createLabelled(texts.breakTo, { type: 'time', value: end, required: true }),
  ]
  const button = createQuietButton(formTexts.remove, remove, texts.removeBreak)
  return {
    element: h('div', { className: 'break-fields', role: 'group', 'aria-label': texts.break }, from.element, to.element, button),
    read: () => ({ start: from.input.value, end: to.input.value }),
    locate: ([member]) => (member === 'end' ? to.element : from.element),
    focus: () => from.input.focus(),
  }
}

/** Creates the checkboxes of the days on which a shift starts. */
const createDayBoxes = (days: readonly Weekday[]) => {
  const boxes = WEEKDAYS.map((day) => ({ day, input: h('input', { type: 'checkbox', checked: days.includes(day) }) }))
  return {
    element: h(
      'div',
      { className: 'days', role: 'group', 'aria-label': texts.days },
      ...boxes.map(({ day, input }) => h('label', {}, input, formatWeekday(day))),
    ),
    read: () => boxes.filter(({ input }) => input.checked).map(({ day }) => day),
  }
}

/** Creates the fields that every shift has, and adds further ones after its times. */
const createCommonFields = (shift: DatedShift, { change, remove }: PartEvents, further: HTMLElement[]) => {
  const name = createLabelled(formTexts.name, {
    type: 'text',
    value: shift.name,
    required: true,
    maxLength: LIMITS.nameCharacters,
    dir: 'auto',
  })
  const start = createLabelled(texts.start, { type: 'time', value: shift.start, required: true })
  const end = createLabelled(texts.end, { type: 'time', value: shift.end, required: true })
  const target = createLabelled(texts.target, {
    type: 'number',
    value: String(shift.target ?? ''),
    min: '0',
    step: '1',
    inputMode: 'numeric',
  })
  const addBreak = createQuietButton(texts.addBreak, () => breaks.append({ start: '', end: '' }))
  const breaks = createPartList(createBreakFields, change, () => addBreak)
  breaks.fill(shift.breaks)
  const legend = h('legend', {})
  const showName = () => setText(legend, texts.shift(name.input.value))
  name.input.addEventListener('input', showName)
  showName()
  const element = h(
    'fieldset',
    { className: 'shift-fields' },
    legend,
    h('div', { className: 'fields' }, name.element, start.element, end.element, target.element),
    ...further,
    breaks.element,
    h('p', { className: 'buttons' }, addBreak, createQuietButton(texts.removeShift, remove)),
  )
  const places: Partial<Record<string, HTMLElement>> = {
    name: name.element,
    start: start.element,
    end: end.element,
    target: target.element,
  }
  return {
    element,
    read: (): DatedShift => ({
      name: name.input.value,
      start: start.input.value,
      end: end.input.value,
      breaks: breaks.parts.map((part) => part.read()),
      target: target.input.value === '' ? null : Number(target.input.value),
    }),
    locate: ([member = '', ...path]: readonly string[]) => (member === 'breaks' ? breaks.locate(path) : (places[member] ?? start.element)),
    focus: () => name.input.focus(),
  }
}

/** Creates the fields of a shift of an exception. */
export const createDatedShiftFields = (shift: DatedShift, events: PartEvents): FormPart<DatedShift> => createCommonFields(shift, events, [])

/** Creates the fields of a shift of a version. */
export const createWeeklyShiftFields = (shift: WeeklyShift, events: PartEvents): FormPart<WeeklyShift> => {
  const days = createDayBoxes(shift.days)
  const common = createCommonFields(shift, events, [days.element])
  return {
    ...common,
    read() {
      const { name, ...rest } = common.read()
      return { name, days: days.read(), ...rest }
    },
    locate: (path) => (path[0] === 'days' ? days.element : common.locate(path)),
  }
}

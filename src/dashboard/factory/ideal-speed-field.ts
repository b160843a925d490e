import type { Field } from '../elements/fields.ts'
import { texts } from '../texts/forms.ts'

/** The field of the ideal speed of a factory, which stays empty without one. */
export const IDEAL_SPEED_FIELD: Field = {
  name: 'ideal_per_hour',
  label: texts.idealSpeed,
  type: 'number',
  min: '0',
  step: 'any',
  hint: texts.idealSpeedHint,
}

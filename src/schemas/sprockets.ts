import { z } from './zod.ts'
import { LIMITS } from './limits.ts'
import { Count, Fraction } from './numbers.ts'
import { Cursor } from './params.ts'
import { Id } from './readings.ts'

const length = Fraction.positive().openapi({ format: 'double' })

const measures = {
  teeth: z.int().positive().openapi({ format: 'int64', maximum: Number.MAX_SAFE_INTEGER }),
  pitch_diameter: length,
  outside_diameter: length,
  pitch: length,
}

/** A sprocket type. The organisation decides the unit of lengths. */
export const Sprocket = z
  .object({ id: Id, ...measures })
  .openapi('Sprocket', { example: { id: 1, teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 } })

/** A page of the catalogue. `count` is the total of the organisation. */
export const SprocketPage = z
  .object({ sprockets: z.array(Sprocket).max(LIMITS.pageItems), count: Count, next: Cursor.nullable() })
  .openapi('SprocketPage', {
    example: {
      sprockets: [
        { id: 0, teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 },
        { id: 1, teeth: 5, pitch_diameter: 5, outside_diameter: 6, pitch: 1 },
      ],
      count: 3,
      next: null,
    },
  })

/** A new sprocket type. */
export const NewSprocketIn = z
  .strictObject(measures)
  .openapi('NewSprocketIn', { example: { teeth: 12, pitch_diameter: 49.07, outside_diameter: 54.4, pitch: 12.7 } })

/** All measures of a sprocket type. `id` is optional and must equal the path. */
export const SprocketIn = z
  .strictObject({ id: Id.optional(), ...measures })
  .openapi('SprocketIn', { example: { teeth: 12, pitch_diameter: 49.07, outside_diameter: 54.4, pitch: 12.7 } })

/** A merge patch (RFC 7396) of a sprocket type. Measures cannot be removed. */
export const SprocketPatch = SprocketIn.partial().openapi('SprocketPatch', { example: { teeth: 6 } })

export type NewSprocketIn = z.input<typeof NewSprocketIn>
export type SprocketIn = z.input<typeof SprocketIn>
export type SprocketPatch = z.input<typeof SprocketPatch>
export type Sprocket = z.output<typeof Sprocket>
export type SprocketPage = z.output<typeof SprocketPage>

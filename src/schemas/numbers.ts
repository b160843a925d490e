import { z } from './zod.ts'

/**
 * Numbers with their format and bounds. zod limits whole numbers to the range that all JSON parsers read alike (RFC 8259, section 6),
 * and the OpenAPI document states it: otherwise generated clients use 32 bits.
 */
const { MIN_SAFE_INTEGER: minimum, MAX_SAFE_INTEGER: maximum } = Number

/** A whole number of 64 bits. */
export const Integer = z.int().openapi({ format: 'int64', minimum, maximum })

/** Builds the schema of a whole number of 64 bits from a lower bound. */
export const buildInteger = (min: number) => z.int().min(min).openapi({ format: 'int64', maximum })

/** A whole number of 64 bits from 0. */
export const Count = buildInteger(0)

/** An instant in Unix seconds. */
export const UnixSeconds = Integer.openapi({ description: 'Unix seconds' })

/** Builds the schema of a whole number of 32 bits between two bounds. */
export const buildSmallInteger = (min: number, max: number) => z.int().min(min).max(max).openapi({ format: 'int32' })

/** A number that may have a fraction. */
export const Fraction = z.number().openapi({ format: 'double' })

import { z } from '@hono/zod-openapi'
import { hasKey } from '../redaction.ts'
import { LIMITS } from './limits.ts'

/** Characters that terminals and logs act on, and halves of characters, which come back as something else than was sent. */
const isPlain = (name: string): boolean => name.isWellFormed() && !/\p{Cc}/u.test(name)

/** A name that people give to something. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(LIMITS.nameCharacters)
  .refine(isPlain, 'Send whole characters, none of them a control character.')
  .refine((name) => !hasKey(name), 'This contains an API key. Names are shown and logged, so send one without a key, and revoke the key.')

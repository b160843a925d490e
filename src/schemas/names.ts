import { z } from '@hono/zod-openapi'
import { hasKey } from './redaction.ts'
import { LIMITS } from './limits.ts'

/**
 * What may stand among visible characters although it shows nothing itself: joiners between letters (Persian, Indic scripts)
 * and between emoji, variation selectors after the character that they vary, the tags of a regional flag, and the signs of
 * Arabic and Syriac that stand before numbers.
 */
const JOINING =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])[\u200c\u200d](?=[\p{L}\p{Extended_Pictographic}])|(?<=[\p{Emoji}\p{Script=Han}])[\ufe00-\ufe0f]|(?<=\p{Script=Han})[\u{e0100}-\u{e01ef}]|(?<=\u{1f3f4})[\u{e0061}-\u{e007a}]{2,6}\u{e007f}|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]/gu

/** Control characters, halves of characters, separators of lines, and all that shows nothing or turns the direction of text. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Something to see: a letter, a digit, a sign. Marks alone would be drawn over the text before them. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** More marks on one character than any script has; they would be drawn over the lines above and below. */
const STACKED = /[\p{Mn}\p{Me}]{5}/u

/** Returns what keeps a text from being a name, in words for its sender; undefined if nothing does. */
export const findNameFault = (name: string): string | undefined => {
  if (name.trim() === '') return 'Send a name with something to see in it.'
  if (name.length > LIMITS.nameCharacters) return `Send at most ${LIMITS.nameCharacters} characters.`
  if (hasKey(name)) return 'This contains an API key. Names are shown and logged, so send one without a key, and revoke the key.'
  if (!name.isWellFormed()) return 'Send whole characters: half of a surrogate pair is in it.'
  const hidden = HIDDEN.exec(name.replaceAll(JOINING, ''))?.[0]
  if (hidden !== undefined)
    return `Leave out the character U+${hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}: it cannot be seen, or it turns the text around it.`
  if (!VISIBLE.test(name) || /^\p{M}/u.test(name)) return 'Send a name that begins with a letter, a digit or a sign.'
  return STACKED.test(name) ? 'Send at most 4 marks on one character.' : undefined
}

/** A name that people give to something. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(LIMITS.nameCharacters)
  .check((context) => {
    const fault = findNameFault(context.value)
    // Another check has said so already.
    if (fault !== undefined && context.issues.length === 0) context.issues.push({ code: 'custom', message: fault, input: context.value })
  })

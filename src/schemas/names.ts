import { z } from './zod.ts'
import { hasKey } from './redaction.ts'
import { LIMITS } from './limits.ts'

/**
 * Invisible characters that names may contain, each in its proper place: joiners between letters (Persian, Indic scripts) and
 * between emoji, variation selectors after the character that they modify, the tags of a regional flag, and the signs of Arabic and
 * Syriac that precede numbers.
 */
const JOINING =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])[\u200c\u200d](?=[\p{L}\p{Extended_Pictographic}])|(?<=[\p{Emoji}\p{Script=Han}])[\ufe00-\ufe0f]|(?<=\p{Script=Han})[\u{e0100}-\u{e01ef}]|(?<=\u{1f3f4})[\u{e0061}-\u{e007a}]{2,6}\u{e007f}|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]/gu

/** Control characters, lone surrogates, line separators, and characters that are invisible or change the direction of text. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** A visible character: letter, digit, punctuation or symbol. Combining marks alone would be drawn over the text before them. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** More marks on one character than any script has. They would be drawn over the lines above and below. */
const STACKED = /[\p{Mn}\p{Me}]{5}/u

/** Returns the message for a text that is not a valid name; undefined for a valid name. */
export const findNameError = (name: string): string | undefined => {
  if (name.trim() === '') return 'Empty name. Send at least one visible character.'
  if (name.length > LIMITS.nameCharacters) return `Too many characters. Send at most ${LIMITS.nameCharacters}.`
  if (hasKey(name)) return 'The name contains an API key. Names are shown and logged. Send a name without a key, and revoke the key.'
  if (!name.isWellFormed()) return 'The name contains half of a surrogate pair. Send whole characters.'
  const hidden = HIDDEN.exec(name.replaceAll(JOINING, ''))?.[0]
  if (hidden !== undefined)
    return `The character U+${hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} is invisible or changes the direction of text. Remove it.`
  if (!VISIBLE.test(name) || /^\p{M}/u.test(name))
    return 'The name begins with a combining mark. Begin it with a letter, a digit or a symbol.'
  return STACKED.test(name) ? 'Too many marks on one character. Send at most 4.' : undefined
}

/** The name of a factory, key or organisation in a response. */
export const StoredName = z.string().max(LIMITS.nameCharacters)

/** The name of a factory, key or organisation in a request. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(LIMITS.nameCharacters)
  .check((context) => {
    const message = findNameError(context.value)
    // An issue of an earlier check describes the same error.
    if (message !== undefined && context.issues.length === 0) context.issues.push({ code: 'custom', message, input: context.value })
  })

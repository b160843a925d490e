/** The text of an API key, also percent-encoded. Fewer than eight characters after the prefix are a name such as `spk_07`, not a key. */
const API_KEY = /spk(?:_|%5f)\w{8,}/gi

/** Replaces every API key in a text. Every text of a client that is stored or logged passes through here. */
export const redactKeys = (text: string): string => text.replaceAll(API_KEY, 'spk_…')

/** True for a text with an API key in it. */
export const hasKey = (text: string): boolean => redactKeys(text) !== text

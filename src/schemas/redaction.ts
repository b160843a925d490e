/** An API key within a text, also percent-encoded. Fewer than eight characters after the prefix are a name such as `spk_07`. */
const API_KEY = /spk(?:_|%5f)\w{8,}/gi

/** Replaces every API key in a text. All client text that is stored or logged passes through this function. */
export const redactKeys = (text: string): string => text.replaceAll(API_KEY, 'spk_…')

/** True if a text contains an API key. */
export const hasKey = (text: string): boolean => redactKeys(text) !== text

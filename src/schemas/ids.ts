/** True if a text is an id: a whole number of at most 15 digits without leading zeros. */
export const isId = (text: string): boolean => /^(0|[1-9]\d{0,14})$/.test(text)

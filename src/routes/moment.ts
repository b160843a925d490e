/** Unix milliseconds of a moment as it is sent: Unix seconds, or a text as RFC 3339 writes it. */
export const momentOf = (given: number | string): number => (typeof given === 'number' ? given * 1000 : Date.parse(given))

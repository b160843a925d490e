/** Headers of a response that are stored with it. */
export type StoredHeaders = [name: string, value: string][]

/** Returns those of the named headers that a response has. */
export const pickHeaders = (headers: Headers, names: readonly string[]): StoredHeaders =>
  names.flatMap((name): StoredHeaders => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value]]
  })

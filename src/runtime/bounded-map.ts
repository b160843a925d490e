/** Things of one kind that an isolate remembers at most: a few hundred bytes each, of the 128 MB that it has. */
const REMEMBER_MOST = 10_000

/** Remembers a thing by its name, as the latest of its kind; the oldest is forgotten where there are too many. */
export const setBounded = <Name, Thing>(memory: Map<Name, Thing>, name: Name, thing: Thing, most = REMEMBER_MOST): void => {
  memory.delete(name)
  memory.set(name, thing)
  if (memory.size > most) memory.delete(memory.keys().next().value!)
}

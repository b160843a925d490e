/** Creates the state of a module when the module first uses it. The function identifies the state. */
type Create<T> = () => T
type Store = Map<Create<unknown>, unknown>

/** The state of the modules of an isolate. Any of it may be lost at any time without an effect on the content of a response. */
export interface State {
  /** State that lasts as long as the isolate. */
  readonly isolate: Store
  /** State that describes the data of one cache epoch. A new epoch replaces it as a whole (cache/epoch.ts). */
  epoch: Store
}

/** An isolate, as far as its modules keep state in it. */
interface Stateful {
  readonly state: State
}

export const createState = (): State => ({ isolate: new Map(), epoch: new Map() })

const getOrCreate = <T>(store: Store, create: Create<T>): T => {
  const found = store.get(create) as T | undefined
  if (found !== undefined) return found
  const created = create()
  store.set(create, created)
  return created
}

/** Returns the state of a module that lasts as long as the isolate. */
export const getState = <T extends object>({ state }: Stateful, create: Create<T>): T => getOrCreate(state.isolate, create)

/**
 * Returns the state of a module that a new cache epoch discards, because it describes data that a restore may have undone. Do not keep it
 * across an `await`.
 */
export const getEpochState = <T extends object>({ state }: Stateful, create: Create<T>): T => getOrCreate(state.epoch, create)

/** Discards the state of the current cache epoch. */
export const discardEpochState = ({ state }: Stateful): void => {
  state.epoch = new Map()
}

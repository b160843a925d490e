import { readStored, writeStored } from './storage.ts'

/** The API key of this tab. It is in session storage, which is cleared with the tab and which pages of other origins cannot read. */
const STORAGE_KEY = 'sprocket-key'
/** The key of the wall of this browser. It is in local storage, so that the wall continues after a restart. */
const WALL_STORAGE_KEY = 'sprocket-wall-key'

export const readKey = (): string | undefined => readStored('tab', STORAGE_KEY)

export const saveKey = (key: string): void => {
  writeStored('tab', STORAGE_KEY, key === '' ? undefined : key)
}

/** Returns the key of a wall link. It is in the fragment, which browsers do not send and servers cannot log. */
const parseFragment = (fragment: string): string | undefined => /^#key=(spk_\w+)$/.exec(fragment)?.[1]

/** Returns the address of a wall with its key. */
export const formatWallLink = (address: string, key: string): string => `${address}#key=${key}`

/**
 * Uses the key of the wall: the one of the address, or without one the one that is stored. A key of the address is stored and removed
 * from the visible address. If the browser cannot store it, it stays there, so that a reload has it.
 */
export const useWallKey = (): void => {
  const key = parseFragment(location.hash)
  if (key !== undefined) {
    saveKey(key)
    if (writeStored('browser', WALL_STORAGE_KEY, key)) history.replaceState(null, '', location.pathname + location.search)
  } else if (readKey() === undefined) saveKey(readStored('browser', WALL_STORAGE_KEY) ?? '')
}

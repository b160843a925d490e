/** Stores texts in this browser. A browser may refuse storage, or only writing to it; the texts then last as long as the page. */
const memory = new Map<string, string>()

type Area = 'tab' | 'browser'
const openArea = (area: Area): Storage => (area === 'tab' ? sessionStorage : localStorage)

export const readStored = (area: Area, name: string): string | undefined => {
  try {
    return openArea(area).getItem(name) ?? memory.get(name)
  } catch {
    return memory.get(name)
  }
}

/** Stores a text, or removes it if it is undefined. Returns true if it outlives the page. */
export const writeStored = (area: Area, name: string, text: string | undefined): boolean => {
  try {
    if (text === undefined) openArea(area).removeItem(name)
    else openArea(area).setItem(name, text)
    memory.delete(name)
    return true
  } catch {
    if (text === undefined) memory.delete(name)
    else memory.set(name, text)
    return false
  }
}

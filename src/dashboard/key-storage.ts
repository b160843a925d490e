/** The API key of this tab. It is in session storage, which is cleared with the tab and which pages of other origins cannot read. */
const STORAGE_KEY = 'sprocket-key'

export const readKey = (): string | undefined => sessionStorage.getItem(STORAGE_KEY) ?? undefined

export const saveKey = (key: string): void => {
  if (key === '') sessionStorage.removeItem(STORAGE_KEY)
  else sessionStorage.setItem(STORAGE_KEY, key)
}

/** The API key of this tab. It is in session storage, so that it ends with the tab and no other site's page can read it. */
const NAME = 'sprocket-key'

export const readKey = (): string | undefined => sessionStorage.getItem(NAME) ?? undefined

export const saveKey = (key: string): void => {
  if (key === '') sessionStorage.removeItem(NAME)
  else sessionStorage.setItem(NAME, key)
}

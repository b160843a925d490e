import { h } from '../elements/dom.ts'

/** Saves a file on the computer of the user. */
export const saveFile = (content: Blob, name: string): void => {
  const link = h('a', { href: URL.createObjectURL(content), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

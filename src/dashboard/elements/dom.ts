/** Creates elements from text. No function here parses a string as markup. */

type Child = Node | string | undefined | false
type Properties<Name extends keyof HTMLElementTagNameMap> = Partial<Omit<HTMLElementTagNameMap[Name], 'style' | 'dataset' | 'children'>>

/**
 * Creates an HTML element.
 * @param properties properties of the element, such as `className` or `onclick`. `role` and names with a hyphen are set as attributes.
 */
export const h = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: (Properties<Name> & Record<`aria-${string}` | `data-${string}`, string>) | Properties<Name> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue
    if (key.includes('-') || key === 'role') element.setAttribute(key, String(value))
    else (element as unknown as Record<string, unknown>)[key] = value
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

/** Creates the element of a name that a user chose. `<bdi>` isolates names in Hebrew or Arabic, so that they do not reorder the text around them. */
export const createName = (text = ''): HTMLElement => h('bdi', { className: 'name' }, text)

const SVG = 'http://www.w3.org/2000/svg'

/** Creates an SVG element. */
export const svg = (name: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement => {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

/** Sets the text of an element if it differs. Screen readers announce an unchanged text again otherwise. */
export const setText = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}

/**
 * Replaces the children of an element. If one of its buttons has the focus, the button with the same name gets it. Without one, it is
 * the button at the same position, or the element if it has no buttons.
 */
export const replaceContent = (parent: HTMLElement, children: Node[]): void => {
  const listButtons = () =>
    [...parent.querySelectorAll('button')].map((button) => ({ button, name: button.ariaLabel ?? button.textContent }))
  const buttons = listButtons()
  const position = buttons.findIndex(({ button }) => button === document.activeElement)
  parent.replaceChildren(...children)
  if (position === -1) return
  const { name } = buttons[position]!
  const next = listButtons()
  const atPosition = next[position] ?? next.at(-1)
  const target = atPosition?.name === name ? atPosition : (next.find((each) => each.name === name) ?? atPosition)
  const element = target?.button ?? parent
  element.focus()
}

/** Puts children into this order, moves as few as possible, and keeps the focus. */
export const arrange = (parent: Element, children: Element[]): void => {
  const focused = document.activeElement
  children.forEach((child, n) => {
    if (parent.children[n] !== child) parent.insertBefore(child, parent.children[n] ?? null)
  })
  while (parent.children.length > children.length) parent.lastElementChild!.remove()
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) focused.focus()
}

/** Elements, made of text alone: nothing here turns a string into markup. */

type Child = Node | string | undefined | false
type Properties<Name extends keyof HTMLElementTagNameMap> = Partial<Omit<HTMLElementTagNameMap[Name], 'style' | 'dataset' | 'children'>>

/**
 * Makes an element.
 * @param properties as the element has them, such as `className` or `onclick`; what begins with `aria-`, and `role`, are attributes
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

/** Makes the element of a name that people gave. `<bdi>` keeps a name in Hebrew or Arabic from rearranging the text around it. */
export const makeName = (text = ''): HTMLElement => h('bdi', { className: 'name' }, text)

const SVG = 'http://www.w3.org/2000/svg'

/** Makes an element of a picture. */
export const svg = (name: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement => {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

/** Sets the text of an element where it differs, so that nobody who listens hears it again. */
export const setText = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}

/** Puts children in this order with as few moves as it takes; one that has the focus keeps it. */
export const arrange = (parent: Element, children: Element[]): void => {
  const focused = document.activeElement
  children.forEach((child, n) => {
    if (parent.children[n] !== child) parent.insertBefore(child, parent.children[n] ?? null)
  })
  while (parent.children.length > children.length) parent.lastElementChild!.remove()
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) focused.focus()
}

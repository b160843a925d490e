import { saveKey, readKey } from './key-storage.ts'

/** Lets each operation of the reference be tried out where it is described. */

/** What is shown of a body; more would only be slow. */
const SHOWN_MOST = 20_000

const keyInput = document.querySelector<HTMLInputElement>('#key')!
keyInput.value = readKey() ?? ''
keyInput.addEventListener('input', () => saveKey(keyInput.value.trim()))
document.querySelector('#key-form')!.addEventListener('submit', (event) => event.preventDefault())

const make = <Name extends keyof HTMLElementTagNameMap>(name: Name, text = '', className = ''): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name)
  element.textContent = text
  if (className) element.className = className
  return element
}

/** Letters that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** The text, with what stands in quotes in an element of its own where it would rearrange the text around it. */
const keepOrder = (text: string): (string | Node)[] =>
  text.split('"').flatMap((part, n) => [n === 0 ? '' : '"', RIGHT_TO_LEFT.test(part) ? make('bdi', part) : part])

const block = (title: string, text: string) => {
  const code = make('pre')
  code.append(...keepOrder(text))
  code.tabIndex = 0
  code.className = 'wrap'
  const section = make('section')
  section.append(make('h4', title), code)
  return section
}

/** The request that a form describes. */
const requestOf = (form: HTMLFormElement): Request => {
  const { method, path } = form.dataset
  const headers = new Headers()
  const url = new URL(
    path!.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const input = form.querySelector<HTMLInputElement>(`[name="${name}"][data-in="path"]`)
      return encodeURIComponent(input?.value ?? '')
    }),
    location.origin,
  )
  for (const input of form.querySelectorAll<HTMLInputElement>('input[data-in]')) {
    if (input.value === '') continue
    if (input.dataset['in'] === 'query') url.searchParams.set(input.name, input.value)
    if (input.dataset['in'] === 'header') headers.set(input.name, input.value)
  }
  const key = readKey()
  if (key !== undefined) headers.set('Authorization', `Bearer ${key}`)
  const body = form.querySelector<HTMLTextAreaElement>('textarea')
  if (body) headers.set('Content-Type', body.dataset['type']!)
  return new Request(url, { method: method!, headers, cache: 'no-store', ...(body && { body: body.value }) })
}

/** The same request as a command; the key stands as a variable, so that it can be shown to others. */
const curlOf = (form: HTMLFormElement, { method, url, headers }: Request): string => {
  const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(url)}`]
  for (const [name, value] of headers)
    parts.push(name === 'authorization' ? '-H "Authorization: Bearer $KEY"' : `-H ${quote(`${name}: ${value}`)}`)
  const body = form.querySelector<HTMLTextAreaElement>('textarea')
  if (body) parts.push(`-d ${quote(body.value)}`)
  return parts.join(' \\\n  ')
}

/** JSON to read; lists of figures stay on a line. */
const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).replaceAll(/\[[\d\s,.a-z-]+\]/g, (list) => list.replaceAll(/\s+/g, ' '))
  } catch {
    return text
  }
}

const send = async (form: HTMLFormElement): Promise<void> => {
  const said = form.querySelector('.said')!
  const result = form.querySelector<HTMLElement>('.result')!
  said.textContent = 'Asking…'
  try {
    const request = requestOf(form)
    const command = curlOf(form, request)
    const start = performance.now()
    const response = await fetch(request)
    const text = pretty(await response.text())
    said.textContent = `${response.status} in ${Math.round(performance.now() - start)} ms`
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
    const shown = text.length > SHOWN_MOST ? `${text.slice(0, SHOWN_MOST)}\n… ${text.length - SHOWN_MOST} more characters` : text
    result.replaceChildren(block('Body', shown || 'none'), block('Headers', headers), block('As a command', command))
    result.hidden = false
  } catch (error) {
    said.textContent = `No answer: ${(error as Error).message}`
  }
}

for (const form of document.querySelectorAll<HTMLFormElement>('form.try'))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(form)
  })

import { saveKey, readKey } from './key-storage.ts'

/** Sends requests from the forms of the reference page and shows the responses. */

/** Maximum number of characters of a body that are shown. Longer texts make the page slow. */
const MAX_SHOWN_CHARACTERS = 20_000

const keyInput = document.querySelector<HTMLInputElement>('#key')!
keyInput.value = readKey() ?? ''
keyInput.addEventListener('input', () => saveKey(keyInput.value.trim()))
document.querySelector('#key-form')!.addEventListener('submit', (event) => event.preventDefault())

const createElement = <Name extends keyof HTMLElementTagNameMap>(name: Name, text = '', className = ''): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name)
  element.textContent = text
  if (className) element.className = className
  return element
}

/** Matches letters of scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** Splits a text into nodes. Quoted strings in right-to-left scripts are isolated in `<bdi>`, so that they do not reorder the text around them. */
const isolateNames = (text: string): (string | Node)[] =>
  text.split('"').flatMap((part, n) => [n === 0 ? '' : '"', RIGHT_TO_LEFT.test(part) ? createElement('bdi', part) : part])

const createSection = (title: string, text: string) => {
  const code = createElement('pre')
  code.append(...isolateNames(text))
  code.tabIndex = 0
  code.className = 'wrap'
  const section = createElement('section')
  section.append(createElement('h4', title), code)
  return section
}

/** Builds the request of a form. */
const buildRequest = (form: HTMLFormElement): Request => {
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

/** Builds the curl command of a request. It contains the variable KEY instead of the key, so that it can be shared. */
const buildCurlCommand = (form: HTMLFormElement, { method, url, headers }: Request): string => {
  const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}${quote(url)}`]
  for (const [name, value] of headers)
    parts.push(name === 'authorization' ? '-H "Authorization: Bearer $KEY"' : `-H ${quote(`${name}: ${value}`)}`)
  const body = form.querySelector<HTMLTextAreaElement>('textarea')
  if (body) parts.push(`-d ${quote(body.value)}`)
  return parts.join(' \\\n  ')
}

/** Formats JSON with indentation. Lists of numbers stay on one line. */
const formatJson = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).replaceAll(/\[[\d\s,.a-z-]+\]/g, (list) => list.replaceAll(/\s+/g, ' '))
  } catch {
    return text
  }
}

const send = async (form: HTMLFormElement): Promise<void> => {
  const status = form.querySelector('.said')!
  const result = form.querySelector<HTMLElement>('.result')!
  status.textContent = 'Sending…'
  try {
    const request = buildRequest(form)
    const command = buildCurlCommand(form, request)
    const start = performance.now()
    const response = await fetch(request)
    const text = formatJson(await response.text())
    status.textContent = `${response.status} in ${Math.round(performance.now() - start)} ms`
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
    const shown =
      text.length > MAX_SHOWN_CHARACTERS
        ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}\n… ${text.length - MAX_SHOWN_CHARACTERS} more characters`
        : text
    result.replaceChildren(
      createSection('Body', shown || 'empty'),
      createSection('Headers', headers),
      createSection('curl command', command),
    )
    result.hidden = false
  } catch (error) {
    status.textContent = `No response from the server: ${(error as Error).message}`
  }
}

for (const form of document.querySelectorAll<HTMLFormElement>('form.try'))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void send(form)
  })

/** Source text by path from the repository's root. */
type Sources = Record<string, string>

/** The functions that show text, with the positions of the arguments that are text. `from` also covers all later arguments. */
const BUILDERS: Partial<Record<string, { at: number[]; from?: number }>> = {
  h: { at: [], from: 2 },
  setText: { at: [1] },
  createConfirmButton: { at: [0, 2] },
  createCopyField: { at: [0] },
  createLabelled: { at: [0] },
  createName: { at: [0] },
  createQuietButton: { at: [0, 2] },
  createScrollRegion: { at: [0] },
  createTableHead: { at: [0] },
  createTile: { at: [0] },
  report: { at: [0] },
  setStatus: { at: [0] },
  setTitle: { at: [0] },
}
/** The properties whose value is text. */
const PROPERTY =
  /(?<![\w.-])(?:'aria-label'|ariaLabel|title|label|placeholder|hint|submitLabel|textContent|'data-label'|'data-empty')\s*[:=](?!=)\s*/g
/** Text in several words, or with a capital letter and a small one, wherever it is. */
const SENTENCE = /\p{L}{2,} \p{L}{2,}|(?:^|[^\w-])\p{Lu}\p{Ll}{2,}/u
const WORD = /\p{L}{2,}/u
/** Literals that are no text: classes, selectors, names of headers, keys, events and errors, fonts, and texts of the API. */
const NO_TEXT =
  /(className|class|font|override name|'aria-labelledby')\s*[:=][^,;'`]*$|(querySelector(All)?(<\w+>)?|headers\.\w+|matchMedia|startsWith|setAttribute)\($|[!=]== $|createText\([^,]*$|PREFIX = $/

/** Returns source without comments, imports and types. Their lengths do not matter. */
const withoutComments = (text: string) =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1')
    .replaceAll(/^(?:import|export) [^'"]*?from '[^']*'$/gm, '')

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

/** Returns the end of the literal or bracket that begins at an index. */
const skip = (text: string, start: number): number => {
  const first = text[start]!
  let n = start + 1
  if (first in CLOSING) {
    while (n < text.length && text[n] !== CLOSING[first]) n = /[([{'"`]/.test(text[n]!) ? skip(text, n) : n + 1
    return n + 1
  }
  while (n < text.length && text[n] !== first) {
    if (text[n] === '\\') n += 2
    else if (first === '`' && text.startsWith('${', n)) n = skip(text, n + 1)
    else n += 1
  }
  return n + 1
}

/** Returns the arguments of a call whose parenthesis opens at an index; or one expression that ends with its object. */
const splitArguments = (text: string, open: number): string[] => {
  const parts: string[] = []
  let [start, n] = [open + 1, open + 1]
  while (n < text.length && !/[)\]}]/.test(text[n]!)) {
    if (text[n] === ',') {
      parts.push(text.slice(start, n))
      start = n += 1
    } else n = /[([{'"`]/.test(text[n]!) ? skip(text, n) : n + 1
  }
  return [...parts, text.slice(start, n)]
}

/** Returns the literals of an expression that are not within a call or an object: of `a ? 'x' : f('y')` only x. Lists count, indexes do not. */
const listLiterals = (expression: string): string[] => {
  const found: string[] = []
  let n = 0
  while (n < expression.length) {
    const first = expression[n]!
    const isIndex = first === '[' && /[\w)\]]/.test(expression[n - 1] ?? '')
    const end = isIndex || /[({'"`]/.test(first) ? skip(expression, n) : n + 1
    const isCompared = /[!=]== $/.test(expression.slice(0, n)) || /^ [!=]==/.test(expression.slice(end))
    if (/['"`]/.test(first) && !isCompared) found.push(expression.slice(n + 1, end - 1).replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, ''))
    n = end
  }
  return found
}

/** Returns the texts that a file shows and that are not among the texts of a language, as `file: text`. */
export const findTexts = (file: string, source: string): string[] => {
  const code = withoutComments(source)
  const found: string[] = []
  for (const { 1: name, index, 0: match } of code.matchAll(/(?<![\w])(\w+)\(/g)) {
    const builder = Object.hasOwn(BUILDERS, name!) ? BUILDERS[name!] : undefined
    if (!builder) continue
    const all = splitArguments(code, index + match.length - 1)
    const shown = all.filter((_, n) => builder.at.includes(n) || n >= (builder.from ?? Infinity))
    found.push(...shown.flatMap(listLiterals).filter((text) => WORD.test(text)))
  }
  for (const { index, 0: match } of code.matchAll(PROPERTY))
    found.push(...listLiterals(splitArguments(code, index + match.length - 1)[0]!.split('\n')[0]!).filter((text) => WORD.test(text)))
  for (let n = 0; n < code.length; n += 1) {
    if (!/['"`]/.test(code[n]!)) continue
    const end = skip(code, n)
    const text = code.slice(n + 1, end - 1)
    const words = text.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '')
    const isPath = /^(?:GET|PUT|POST|PATCH|DELETE) \/|^[\w.-]+\{|^Arrow|^Page(?:Up|Down)$|^[A-Z]\w+Error$/.test(text)
    if (SENTENCE.test(words) && !isPath && !NO_TEXT.test(code.slice(Math.max(0, n - 80), n))) found.push(words)
    n = end - 1
  }
  return [...new Set(found)].map((text) => `${file}: ${text.trim()}`)
}

/** Returns the declarations of a style sheet that name a side, or show words. In a block that is written from left to right, sides may have names. */
export const findPhysicalSides = (file: string, css: string): string[] =>
  [...css.replaceAll(/\/\*[\s\S]*?\*\//g, '').matchAll(/\{([^{}]*)\}/g)].flatMap(({ 1: block = '' }) =>
    /direction: ltr/.test(block)
      ? []
      : block
          .split(';')
          .map((declaration) => declaration.trim())
          .filter((declaration) =>
            /^(left|right|float|(margin|padding|border)-(left|right)[\w-]*)\s*:|^(text-align|float|clear)\s*:\s*(left|right)|^box-shadow\s*:\s*(inset\s+)?-?(?!0\b)[\d.]+\w+\s+0\b|^content\s*:\s*['"][^'"]*[a-z]{2}/i.test(
              declaration,
            ),
          )
          .map((declaration) => `${file}: ${declaration}`),
  )

/** Applies a check to every file. */
export const checkAll = (sources: Sources, check: (file: string, text: string) => string[]): string[] =>
  Object.entries(sources).flatMap(([path, text]) => check(path.replace(/^.*?src\//, ''), text))

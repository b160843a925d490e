/** One place where prose breaks the project's style. */
export interface StyleFault {
  file: string
  line: number
  text: string
  rule: string
}

/** A pattern that prose must not match, and what to write instead. */
interface Rule {
  pattern: RegExp
  rule: string
}

const RULES: Rule[] = [
  { pattern: /\b(anew|lest|whom|dawdl\w+|whoever|whosoever|thereof|hence|thus|erelong)\b/i, rule: 'archaic word: use a modern one' },
  { pattern: /\bin the same breath\b/i, rule: 'archaic phrase: say "at once" or name the transaction' },
  {
    pattern: /\b(so many|is none|is told|are told|goes on|go on with|bears? in mind|minds? (its|the|their))\b/i,
    rule: 'archaic phrase: name the count, the state or the action',
  },
  { pattern: /\bof (its|their) own\b/i, rule: 'archaic phrase: say "separate", "its" or "its own …"' },
  { pattern: /\bbeside\b/i, rule: '"beside": write "next to" or "in addition to"' },
  {
    pattern:
      /[,;] for (it|they|he|she|there|this|that|these|those|what|who|no|nobody|only|such|then|everything|each|all|every|an?|the)\b(?! \w+(,|\.|$))[^.]*?\b(is|are|was|were|has|have|can|may|must|will|would|does|do|did|knows?|holds?|takes?|needs?)\b/i,
    rule: '"for" meaning because: write "because"',
  },
  {
    pattern:
      /(?:^|[.!?] )(?:What|Who|How (?:long|many|much|often|far)|Whether|Somebody|Someone|Nobody|One (?:that|who|of)|Those (?:that|who)|Whatever|Whichever)\b(?![^.!?]*\?)/,
    rule: 'a sentence without a named subject: begin with a thing from the glossary',
  },
  { pattern: /\b(somebody|nobody)\b/i, rule: 'no named subject: say client, reader, isolate, operator …' },
  {
    pattern: /\b(the dead|the living|the town|the house|of the house|newborn|is born|are born|dies|died)\b/i,
    rule: 'metaphor of houses, births or deaths: use the technical term',
  },
]

/** Returns the faults of one piece of prose. */
const checkProse = (file: string, line: number, text: string): StyleFault[] =>
  RULES.filter(({ pattern }) => pattern.test(text)).map(({ rule }) => ({ file, line, text, rule }))

/** Words that open a test title which depends on the title before it. */
const DEPENDENT_TITLE = /^(and|but|or|nor|so|then|though|also|even|neither|the same)\b/i

/** A piece of prose in a source file and the line on which it begins. */
interface Prose {
  line: number
  text: string
  isTitle?: boolean
}

const lineOf = (source: string, index: number) => source.slice(0, index).split('\n').length

/** Returns the comments of TypeScript source, each as one line of text. */
const commentsOf = (source: string): Prose[] => [
  ...[...source.matchAll(/\/\*\*?([\s\S]*?)\*\//g)].map(({ 1: body = '', index }) => ({
    line: lineOf(source, index),
    text: body
      .replaceAll(/^\s*\*\s?/gm, '')
      .replaceAll(/`[^`]*`/g, '`x`')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  })),
  ...[...source.matchAll(/(?:^|\s)\/\/ (.*(?:\n\s*\/\/ .*)*)/g)].map(({ 1: body = '', index }) => ({
    line: lineOf(source, index),
    text: body
      .replaceAll(/\n\s*\/\/ /g, ' ')
      .replaceAll(/`[^`]*`/g, '`x`')
      .trim(),
  })),
]

/** Returns the titles of tests and of groups of tests. */
const titlesOf = (source: string): Prose[] =>
  [...source.matchAll(/^\s*(?:test|describe|it)(?:\.\w+)*(?:\([\s\S]{0,2000}?\)\s*)?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gm)].map(
    ({ 2: text = '', index }) => ({
      line: lineOf(source, index),
      text,
      isTitle: true,
    }),
  )

/** Returns string literals of several words: errors and texts that users read. */
const sentencesOf = (source: string): Prose[] =>
  [...source.matchAll(/(['"`])((?:\\.|(?!\1)[^\n\\])* (?:\\.|(?!\1)[^\n\\])* (?:\\.|(?!\1)[^\n\\])*)\1/g)]
    .map(({ 2: text = '', index }) => ({ line: lineOf(source, index), text }))
    .filter(({ text }) => /^[A-Z][a-z]/.test(text))

/** Returns the lines of Markdown, without code. */
const paragraphsOf = (source: string): Prose[] => {
  const prose = source.replaceAll(/```[\s\S]*?```/g, (code) => code.replaceAll(/[^\n]/g, '')).replaceAll(/`[^`\n]*`/g, '`x`')
  return prose.split('\n').map((text, index) => ({ line: index + 1, text: text.replace(/^[\s#>*|-]+/, '') }))
}

/** True if a comment at the beginning of a line stands before the first test of a file, to say which promise the file tests. */
const hasHeader = (source: string): boolean => /^(\/\/|\/\*\*)/m.test(source.split(/^(?:test|describe|it)\b/m, 1)[0]!)

/** Returns every style fault of a file: comments, test titles and sentences of TypeScript, or the prose of Markdown. */
export const checkFile = (file: string, source: string): StyleFault[] => {
  const prose = file.endsWith('.md') ? paragraphsOf(source) : [...commentsOf(source), ...titlesOf(source), ...sentencesOf(source)]
  const header = { file, line: 1, text: '', rule: 'a test file without a header: say which promise it tests' }
  return [
    ...(file.endsWith('.test.ts') && !hasHeader(source) ? [header] : []),
    ...prose.flatMap(({ line, text, isTitle }) => [
      ...checkProse(file, line, text),
      ...(isTitle && DEPENDENT_TITLE.test(text)
        ? [{ file, line, text, rule: 'a title that depends on the one before: make it complete' }]
        : []),
    ]),
  ]
}

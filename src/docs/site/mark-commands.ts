import type { ShikiTransformer } from 'shiki'

type Parent = Parameters<NonNullable<ShikiTransformer['code']>>[0]
type Node = Parent['children'][number]

/** The copy button of VitePress omits elements of this class. */
const NOT_COPIED = 'vp-copy-ignore'
const PROMPT = '$ '

const getText = (node: Node): string => (node.type === 'text' ? node.value : 'children' in node ? node.children.map(getText).join('') : '')

const omit = (...children: Node[]): Node => ({
  type: 'element',
  tagName: 'span',
  properties: { class: NOT_COPIED },
  children: children as [],
})

/** Splits the prompt from a line, whatever elements the colours put it in. */
const splitPrompt = (line: Node): Node[] => {
  if (line.type !== 'element') return [line]
  const [first, ...rest] = line.children
  if (first === undefined) return [line]
  if (first.type === 'text' && first.value.startsWith(PROMPT))
    return [
      {
        ...line,
        children: [omit({ type: 'text', value: PROMPT }) as never, { ...first, value: first.value.slice(PROMPT.length) }, ...rest],
      },
    ]
  return [{ ...line, children: [...(splitPrompt(first) as typeof rest), ...rest] }]
}

/** Excludes prompts and output of a console session from the copy button, so that it copies only commands. */
export const markCommands: ShikiTransformer = {
  name: 'mark-commands',
  code(code) {
    if (this.options.lang !== 'console') return
    code.children = code.children.flatMap((node, index, all): Node[] => {
      const before = all[index - 1]
      if (node.type === 'text') return before && getText(before).startsWith(PROMPT) ? [node] : []
      if (getText(node).startsWith(PROMPT)) return splitPrompt(node)
      const newline = all[index + 1]
      return [newline ? omit(node, newline) : omit(node)]
    }) as typeof code.children
  },
}

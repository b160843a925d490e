import { parseAst } from 'vitest/node'
import { changeNumber, remove, swapEach } from './edit.ts'
import type { Edit } from './edit.ts'
import { sqlEdits } from './sql-edits.ts'

/** Generates the edits of a TypeScript source: each changes or removes one operator, value, clause, statement or call. */

/** A node of the syntax tree (ESTree). */
interface Node {
  type: string
  start: number
  end: number
  [member: string]: unknown
}
const isNode = (value: unknown): value is Node => typeof (value as Node | null)?.type === 'string'
const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode)

const OPERATORS = swapEach([
  ['<', '<='],
  ['>', '>='],
  ['===', '!=='],
  ['+', '-'],
  ['*', '/'],
])
const FUNCTIONS = swapEach([
  ['gt', 'gte'],
  ['lt', 'lte'],
  ['Math.min', 'Math.max'],
  ['Math.floor', 'Math.ceil'],
])
/** Methods whose call can be removed from a chain. */
const CHAINED = new Set(['where', 'limit', 'orderBy', 'filter', 'catch', 'finally', 'slice', 'toSorted'])
/** Arguments that can be swapped, and those that have a type of which a call has only one value. */
const REFERENCE = /^(Identifier|MemberExpression)$/
const UNLIKE = /^(isolate|db|session|session\.db|publisherId|actor|create\w+)$/
/** Functions whose result does not depend on the order of their arguments. */
const SYMMETRIC = /^(Math\.(min|max)|eq|ne)$/
/** Code that only words or logs something. Its edits would have no effect that a test should find. */
const isWording = ({ type, callee }: Node): boolean =>
  type === 'ThrowStatement' || /^(log|Problem$|Error$)/.test(String((callee as { name?: string } | undefined)?.name))
const isText = ({ type, value }: Node): boolean => type === 'TemplateLiteral' || typeof value === 'string'

/** Returns the edits that replace a node by another part of the source. */
const editsOf = (source: string) => {
  const textOf = ({ start, end }: Node) => source.slice(start, end)
  const replace = ({ start, end }: Node, text: string): Edit => ({ start, end, text })
  const keep = (node: Node, part: Node): Edit => replace(node, part.type === 'ObjectExpression' ? `(${textOf(part)})` : textOf(part))
  /** Removes an item of a list with its comma. */
  const removeItem = (items: Node[], index: number): Edit =>
    index + 1 < items.length
      ? remove(items[index]!.start, items[index + 1]!.start)
      : remove(items[index - 1]?.end ?? items[index]!.start, items[index]!.end)
  const removeItems = (items: Node[], isRemoved: (item: Node) => boolean = () => true): Edit[] =>
    items.flatMap((item, index) => (isRemoved(item) ? [removeItem(items, index)] : []))

  const callEdits = (node: Node): Edit[] => {
    const [callee, items] = [node.callee as Node, node.arguments as Node[]]
    const { property } = callee as { property?: Node }
    const method = property && textOf(property)
    const other = FUNCTIONS[textOf(callee)]
    return [
      ...(other ? [replace(callee, other)] : []),
      ...(CHAINED.has(method!) ? [remove(source.lastIndexOf('.', property!.start), node.end)] : []),
      ...(method === 'waitUntil' ? [replace(callee, 'String')] : []),
      ...(['and', 'or'].includes(textOf(callee)) ? removeItems(items) : []),
      ...(method === 'set' && items[0]?.type === 'ObjectExpression' ? removeItems(items[0].properties as Node[]) : []),
      ...(SYMMETRIC.test(textOf(callee)) ? [] : items.slice(1)).flatMap((second, index) => {
        const first = items[index]!
        return [first, second].every((item) => REFERENCE.test(item.type) && !UNLIKE.test(textOf(item)))
          ? [{ start: first.start, end: second.end, text: `${textOf(second)}, ${textOf(first)}` }]
          : []
      }),
    ]
  }

  /** Returns the SQL of a template with placeholders for its values and strings. */
  const maskSql = (quasi: Node): string => {
    let text = textOf(quasi).slice(1, -1)
    for (const { start, end } of quasi.expressions as Node[]) {
      const [from, to] = [source.lastIndexOf('${', start) - quasi.start - 1, source.indexOf('}', end) - quasi.start]
      text = text.slice(0, from) + '#'.repeat(to - from) + text.slice(to)
    }
    return text.replaceAll(/'[^']*'/g, (found) => `'${' '.repeat(found.length - 2)}'`)
  }

  const byType: Record<string, (node: Node) => Edit[]> = {
    BinaryExpression(node) {
      const [left, right, operator] = [node.left as Node, node.right as Node, node.operator as string]
      // A parenthesis may stand between the operator and its operands.
      const start = source.indexOf(operator, left.end)
      const isChanged = operator in OPERATORS && !isText(left) && !isText(right)
      return isChanged ? [{ start, end: start + operator.length, text: OPERATORS[operator]! }] : []
    },
    LogicalExpression: (node) => [keep(node, node.left as Node), keep(node, node.right as Node)],
    ConditionalExpression: (node) => [keep(node, node.consequent as Node), keep(node, node.alternate as Node)],
    UnaryExpression: (node) => (node.operator === '!' ? [keep(node, node.argument as Node)] : []),
    IfStatement: (node) => ['true', 'false'].map((fixed) => replace(node.test as Node, fixed)),
    ExpressionStatement: (node) => (node.directive || isWording(node.expression as Node) ? [] : [replace(node, ';')]),
    AwaitExpression: (node) => [keep(node, node.argument as Node)],
    ArrayExpression: (node) => removeItems(node.elements as Node[], ({ type }) => type === 'SpreadElement'),
    CallExpression: callEdits,
    Literal: (node) => (typeof node.value === 'number' ? changeNumber(node.value).map((value) => replace(node, String(value))) : []),
    TemplateLiteral: (node) =>
      (node.expressions as Node[]).length > 1 ? (node.expressions as Node[]).map((value) => replace(value, "''")) : [],
    TaggedTemplateExpression: ({ tag, quasi }) =>
      textOf(tag as Node) === 'sql' ? sqlEdits(maskSql(quasi as Node), (quasi as Node).start + 1) : [],
  }

  const walk = (node: Node): Edit[] => {
    if (/^(TS(?!As|NonNull|Satisfies)|Import)/.test(node.type) || isWording(node)) return []
    const children = node.type === 'TaggedTemplateExpression' ? childrenOf({ ...(node.quasi as Node), quasis: [] }) : childrenOf(node)
    return [...(byType[node.type]?.(node) ?? []), ...children.flatMap(walk)]
  }
  return walk
}

/** Returns all edits of a source, each different and in the order of their offsets. */
export const generateEdits = (source: string): Edit[] => {
  const edits = editsOf(source)(parseAst(source, { lang: 'ts' }) as unknown as Node)
  const different = new Map(edits.map((edit) => [`${edit.start} ${edit.end} ${edit.text}`, edit]))
  return [...different.values()].toSorted((a, b) => a.start - b.start || a.end - b.end)
}

import { describe, expect, test } from 'vitest'
import { checkAll, findPhysicalSides, findTexts } from './dashboard-texts.ts'

// Promise: every text of the dashboard exists in every language, and no style assumes a writing direction.

const files: Record<string, string> = import.meta.glob('../../src/dashboard/**/*.ts', { query: '?raw', import: 'default', eager: true })
/** The code of the dashboard. Scalar renders the reference, which is English. */
const sources = Object.fromEntries(Object.entries(files).filter(([path]) => !/\/texts\/|\/reference\.ts$/.test(path)))
const styles: Record<string, string> = import.meta.glob('../../src/dashboard/style/*.css', {
  query: '?raw',
  import: 'default',
  eager: true,
})

test('no file of the dashboard shows a text that is not among those of each language', () => {
  expect(Object.keys(sources).length).toBeGreaterThan(80)
  expect(checkAll(sources, findTexts)).toEqual([])
})

test('no style of the dashboard names the left or the right side, except in charts', () => {
  expect(Object.keys(styles).length).toBeGreaterThan(10)
  expect(checkAll(styles, findPhysicalSides)).toEqual([])
})

describe('findTexts', () => {
  test.each([
    ['a child of an element', `h('p', {}, 'stop')`, 'stop'],
    ['a child after another element', `h('p', {}, h('b', {}, texts.a), ' done')`, 'done'],
    ['a text of a nested element', `h('div', {}, h('b', { className: 'big' }, 'few'))`, 'few'],
    ['a choice between texts', `h('p', {}, isOn ? texts.on : 'off')`, 'off'],
    ['a template', 'setText(status, `sent ${count}`)', 'sent'],
    ['a label', `h('input', { id: 'a', ariaLabel: 'name' })`, 'name'],
    ['an attribute', `h('nav', { 'aria-label': 'range' })`, 'range'],
    ['a field of a form', `const field = { name: 'time', label: 'day' }`, 'day'],
    ['an element of a head', `createTableHead(['id', texts.name])`, 'id'],
    ['the title of a tile', `createTile('made')`, 'made'],
    ['a sentence anywhere', `const hint = 'No data in this range'`, 'No data in this range'],
    ['a word with a capital', `const name = { hour: 'Hour' }`, 'Hour'],
  ])('reports %s', (_, code, text) => {
    expect(findTexts('x.ts', code)).toContain(`x.ts: ${text}`)
  })

  test.each([
    [`h('p', { className: 'card said' }, texts.saved)`],
    ['h("span", {}, `${count} · ${remaining} s`)'],
    [`h('option', { value: 'newest' }, texts.ranges[last])`],
    [`h('p', {}, texts.next[isShift ? 'shift' : 'day'])`],
    [`h('p', {}, state === 'all' ? texts.all : texts.some)`],
    [`api.write('PUT /api/stop-reasons', {}, body)`],
    [`// A sentence of a comment.\nconst a = 'b'`],
  ])('accepts %s', (code) => {
    expect(findTexts('x.ts', code)).toEqual([])
  })
})

test.each([
  ['a { margin-left: 1px }', 1],
  ['a { left: 0; top: 0 }', 1],
  ['a { text-align: right }', 1],
  ['a { border-left-color: red }', 1],
  ['a { box-shadow: inset 3px 0 red }', 1],
  [`a::after { content: 'No data' }`, 1],
  ['a { margin-inline-start: 1px; text-align: end; content: attr(data-label) }', 0],
  ['a { direction: ltr; margin-left: 1px }', 0],
  ['a { box-shadow: inset 0 0 0 1px red }', 0],
])('findPhysicalSides finds in %j %i declarations', (css, count) => {
  expect(findPhysicalSides('x.css', css)).toHaveLength(count)
})

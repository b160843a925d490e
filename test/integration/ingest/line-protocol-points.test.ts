import { beforeAll, expect, test } from 'vitest'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: a point of line protocol is stored, or rejected with its line and what to send instead. No point is merged into another.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})

const post = (body: string, query = '') =>
  harness.operator.send('POST', `/api/v2/write${query}`, { body, headers: { 'Content-Type': 'text/plain' } })
const reading = async (time: number) => (await harness.viewer.get(`/api/factory/1/chart-data/${time}`)).json()
const SAME_SECOND = /^Line \d, time: Same second as line (\d)\. Add them up and send one line per second/

test('POST /api/v2/write rejects points of one second with distinct tags, unless they have different fields', async () => {
  const line = (tags: string, field: string) => `production,factory=${tags} ${field} 1611206028000000000`
  const { errors } = await problemOf(await post(`${line('1,line=a', 'actual=5i')}\n${line('01,line=b', 'actual=6i')}`), 422)
  expect(errors!.map(({ detail }) => Number(SAME_SECOND.exec(detail)?.[1]))).toEqual([2, 1])
  for (const [one, two] of [
    ['1,line=a,host=x', '1,host=x,line=a'],
    ['1', '1'],
  ])
    expect((await post(`${line(one!, 'actual=5i')}\n${line(two!, 'actual=6i')}`)).status).toBe(204)
  expect((await post(`${line('1,line=a', 'actual=7i')}\n${line('1,line=b', 'goal=8i')}`)).status).toBe(204)
  expect(await reading(1_611_206_028)).toMatchObject({ actual: 7, goal: 8 })
})

test.each([
  ['a fraction', 'actual=5.5i', 'Line 1, actual: Not a whole number up to 9007199254740991. Send one such as 5i.'],
  ['a text', 'actual="5"', 'Line 1, actual: Not a whole number up to 9007199254740991. Send one such as 5i.'],
  [
    'a number that would be rounded',
    'goal=9007199254740993i',
    'Line 1, goal: Not a whole number up to 9007199254740991. Send one such as 5i.',
  ],
])('POST /api/v2/write says what to send instead of %s', async (_, field, detail) => {
  const { errors } = await problemOf(await post(`production,factory=1 ${field} 60`, '?precision=s'), 422)
  expect(errors).toEqual([{ pointer: '#line=1', detail }])
})

test.each([
  ['without a factory', 'production actual=5i 60', 'Line 1, factory: Missing tag. Send the tag factory with the id of a factory.'],
  [
    'of a name',
    'production,factory=north actual=5i 60',
    'Line 1, factory: Not an id. Send the tag factory with the id of a factory, such as factory=1.',
  ],
])('POST /api/v2/write rejects a line %s', async (_, line, detail) => {
  const { errors } = await problemOf(await post(line, '?precision=s'), 422)
  expect(errors).toEqual([{ pointer: '#line=1', detail }])
})

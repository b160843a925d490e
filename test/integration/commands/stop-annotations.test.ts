import { beforeAll, expect, test } from 'vitest'
import { REASON, REASONS } from '../../support/annotations.ts'
import { createHarness } from '../../support/harness.ts'
import type { Harness } from '../../support/harness.ts'
import { problemOf } from '../../support/problem.ts'

// Promise: annotations and stop reasons of one organisation or factory have no effect on those of another.

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  const reasons = { reasons: REASONS }
  for (const engineer of [harness.engineer, harness.otherOrganisation])
    expect((await engineer.put('/api/stop-reasons', reasons)).status).toBe(200)
  for (let count = 0; count < 2; count++) await harness.otherOrganisation.post('/api/factories', {})
})

const annotation = '/api/stop-annotation/0'
const sent = { from: 100, to: 200, reason: 'setup' }
const read = async (client = harness.viewer) => (await client.get(annotation)).json()
const post = (factory: number, client = harness.operator) => client.post(`/api/factory/${factory}/stop-annotations`, sent)

test('annotations of another organisation or factory do not overlap a new one', async () => {
  for (const factory of [1, 0]) {
    expect((await post(factory, harness.otherOrganisation)).status).toBe(201)
    expect((await post(factory)).status).toBe(201)
  }
  await problemOf(await post(1), 409)
})

test('PATCH and DELETE of an annotation do not change the annotation of another organisation with the same id', async () => {
  const before = await read(harness.otherOrganisation)
  await problemOf(await harness.operator.patch(annotation, { to: 100 }), 422)
  expect((await harness.operator.patch(annotation, { from: 150, note: 'Belt' })).status).toBe(200)
  expect(await read()).toMatchObject({ from: 150, to: 200, note: 'Belt' })
  expect(await read(harness.otherOrganisation)).toEqual(before)
  expect((await harness.operator.delete(annotation)).status).toBe(204)
  expect(await read(harness.otherOrganisation)).toEqual(before)
  await problemOf(await harness.viewer.get(annotation), 404)
  await problemOf(await harness.operator.patch(annotation, { note: 'Belt' }), 404)
})

test('a stop reason that only another organisation uses can vanish', async () => {
  expect((await harness.operator.delete('/api/stop-annotation/1')).status).toBe(204)
  expect((await harness.engineer.put('/api/stop-reasons', { reasons: [REASON] })).status).toBe(200)
  await problemOf(await harness.otherOrganisation.put('/api/stop-reasons', { reasons: [REASON] }), 409)
  await problemOf(await post(1), 422)
})

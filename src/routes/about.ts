import packageJson from '../../package.json' with { type: 'json' }
import { POLICIES } from '../middleware/policies.ts'
import { LIMITS } from '../schemas/limits.ts'

const figure = (number: number) => number.toLocaleString('en')

/** The tables of limits in words. */
const LIMITS_IN_WORDS = `A URL has at most ${figure(LIMITS.urlCharacters)} characters, a header ${figure(LIMITS.headerCharacters)}. A body has at most ${figure(LIMITS.bodyBytes)} bytes, a request ${figure(LIMITS.readings)} readings, \
a page ${figure(LIMITS.pageItems)} items, a problem ${figure(LIMITS.faults)} faults, a name ${figure(LIMITS.nameCharacters)} characters, \
a key ${figure(LIMITS.keyFactories)} factories, the overlap of a rotation ${figure(LIMITS.overlapSeconds)} seconds. \
A chart has ${figure(LIMITS.chartReadings)} readings, or ${figure(LIMITS.points)} points where so many are asked for; the time of a reading \
lies at most ${figure(LIMITS.aheadSeconds)} seconds ahead.`
const POLICIES_IN_WORDS = `In ${POLICIES.read.seconds} seconds one key, or one address without a key, may send \
${figure(POLICIES.read.quota)} requests, ${figure(POLICIES.write.quota)} of them writes and \
${figure(POLICIES.admin.quota)} about keys and the organisation, and gets ${figure(POLICIES.body.quota)} answers \
with a body: one that says that nothing has changed costs none. One address may send ${POLICIES['failed-keys'].quota} keys that are not valid.`

/** What the contract says of itself. The server is where it was read from, so that it is the same wherever that is. */
export const ABOUT = {
  openapi: '3.1.0',
  info: {
    title: 'Sprocket telemetry',
    version: packageJson.version,
    description: [
      'Production of sprockets against the goal, for each factory, and a catalogue of sprocket types. Ids count from 0 within an organisation.',
      LIMITS_IN_WORDS,
      POLICIES_IN_WORDS,
    ].join(' '),
    license: { name: 'All rights reserved', identifier: 'LicenseRef-Proprietary' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Factories', description: 'Who makes sprockets: list, one, names and time zones' },
    { name: 'Readings', description: 'How many were made against how many were to be made, over time' },
    { name: 'Sprockets', description: 'The catalogue of sprocket types' },
    { name: 'Keys', description: 'Who may do what: handing out, rotating and revoking API keys' },
    { name: 'Organisation', description: 'The organisation itself, and the log of what was changed in it' },
    { name: 'Meta', description: 'The service itself' },
  ],
}

import packageJson from '../../package.json' with { type: 'json' }
import { LIGHT_ROWS } from '../db/retry.ts'
import { RATE_LIMITS } from '../runtime/rate-limit-policies.ts'
import type { Policy } from '../runtime/rate-limit-policies.ts'
import { LIMITS } from '../schemas/limits.ts'

const figure = (number: number) => number.toLocaleString('en')

/** The tables of limits in words. */
const LIMITS_IN_WORDS = `A URL has at most ${figure(LIMITS.urlCharacters)} characters, a header ${figure(LIMITS.headerCharacters)}. A body has at most ${figure(LIMITS.bodyBytes)} bytes, a request ${figure(LIMITS.readings)} readings, \
a page ${figure(LIMITS.pageItems)} items, a problem ${figure(LIMITS.faults)} faults, a name ${figure(LIMITS.nameCharacters)} characters, \
a key ${figure(LIMITS.keyFactories)} factories, the overlap of a rotation ${figure(LIMITS.overlapSeconds)} seconds. \
A chart has ${figure(LIMITS.chartReadings)} readings, or ${figure(LIMITS.points)} points where so many are asked for; the time of a reading \
lies at most ${figure(LIMITS.aheadSeconds)} seconds ahead. Of one key ${figure(LIMITS.idempotencyRecords)} requests with an \
Idempotency-Key are kept for 24 hours, and ${figure(LIMITS.idempotencyBytes)} bytes of their answers. \
A JSON body has at most ${figure(LIMITS.bodyValues)} values, ${figure(LIMITS.objectMembers)} members per object and \
${figure(LIMITS.bodyDepth)} levels; CSV and line protocol have at most ${figure(LIMITS.lines)} lines of ${figure(LIMITS.columns)} columns, tags or \
fields; a gzip body has at most ${figure(LIMITS.gzipMembers)} members.`
const quota = (policy: Policy) => figure(RATE_LIMITS[policy].quota)
const POLICIES_IN_WORDS = `In ${RATE_LIMITS.read.seconds} seconds one key may send ${quota('read')} requests, ${quota('write')} of them \
writes and ${quota('admin')} about keys and the organisation, and gets ${quota('body')} answers with a body: a 304 has none. \
${quota('database')} of its reads may ask the database, and ${quota('database-large')} more for over ${figure(LIGHT_ROWS)} rows. \
One address without a valid key may send ${quota('anonymous')} requests; ${quota('anonymous-database')} may ask the database, \
${quota('anonymous-large')} for over ${figure(LIGHT_ROWS)} rows, and ${quota('key-lookups')} may name a key that is not known yet. \
An IPv6 /64 is one address; its /56 and its /48 have ${quota('network')}, ${quota('network-database')}, ${quota('network-large')} and \
${quota('network-lookups')}.`

/** What the contract says of itself. The server is where it was read from, so that it is the same wherever that is. */
export const OPENAPI_INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Sprocket telemetry',
    version: packageJson.version,
    description: [
      'Production of sprockets against the goal, for each factory, and a catalogue of sprocket types. Ids count from 0 within an organisation.',
      LIMITS_IN_WORDS,
      POLICIES_IN_WORDS,
    ].join(' '),
    license: { name: 'MIT', identifier: 'MIT' },
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

import packageJson from '../../package.json' with { type: 'json' }
import { LIGHT_ROWS } from '../db/pending-queries.ts'
import { RATE_LIMITS } from '../runtime/rate-limit-policies.ts'
import type { Policy } from '../runtime/rate-limit-policies.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'

const quota = (policy: Policy) => formatNumber(RATE_LIMITS[policy].quota)

/** The limits in sentences, which the description of the API lists. */
const SIZES = [
  `A URL has at most ${formatNumber(LIMITS.urlCharacters)} characters, a header ${formatNumber(LIMITS.headerCharacters)}.`,
  `A body has at most ${formatNumber(LIMITS.bodyBytes)} bytes, a request ${formatNumber(LIMITS.readings)} readings, a page ${formatNumber(LIMITS.pageItems)} items, a problem ${formatNumber(LIMITS.fieldErrors)} errors, and a name ${formatNumber(LIMITS.nameCharacters)} characters.`,
  `A JSON body has at most ${formatNumber(LIMITS.bodyValues)} values, ${formatNumber(LIMITS.objectMembers)} members per object and ${formatNumber(LIMITS.bodyDepth)} levels.`,
  `CSV and line protocol have at most ${formatNumber(LIMITS.lines)} lines of ${formatNumber(LIMITS.columns)} columns, tags or fields. A gzip body has at most ${formatNumber(LIMITS.gzipMembers)} members.`,
  `A chart has at most ${formatNumber(LIMITS.chartReadings)} readings, or ${formatNumber(LIMITS.points)} points with the parameter points. The time of a reading lies at most ${formatNumber(LIMITS.aheadSeconds)} seconds in the future.`,
  `The scope of a key has at most ${formatNumber(LIMITS.keyFactories)} factories. A rotated key stays valid for at most ${formatNumber(LIMITS.overlapSeconds)} seconds.`,
  `For each key, ${formatNumber(LIMITS.idempotencyRecords)} requests with an Idempotency-Key and ${formatNumber(LIMITS.idempotencyBytes)} bytes of their responses are stored for 24 hours.`,
  `A schedule has at most ${formatNumber(LIMITS.scheduleVersions)} versions, ${formatNumber(LIMITS.scheduleExceptions)} exceptions and ${formatNumber(LIMITS.scheduleCharacters)} characters of JSON, a day ${formatNumber(LIMITS.dayShifts)} shifts, and a shift ${formatNumber(LIMITS.shiftBreaks)} breaks.`,
  `A list of shifts has at most ${formatNumber(LIMITS.shifts)} shifts of ${formatNumber(LIMITS.shiftDays)} days, a page of a chart of shifts has ${formatNumber(LIMITS.shiftChartDays)} days. A request adds up the stops of at most ${formatNumber(LIMITS.stopFactories)} factories, and derives stops from at most ${formatNumber(LIMITS.stateChanges)} changes of state. The ideal speed of a factory is ${formatNumber(LIMITS.minIdealPerHour)} to ${formatNumber(LIMITS.idealPerHour)} sprockets in an hour.`,
  `An organisation has at most ${formatNumber(LIMITS.stopReasons)} stop reasons, and a code ${formatNumber(LIMITS.reasonCodeCharacters)} characters.`,
]
const RATES = [
  `In ${RATE_LIMITS.read.seconds} seconds a key may send ${quota('read')} requests, including ${quota('write')} writes and ${quota('admin')} to routes of the role admin. It receives ${quota('body')} responses with a body (a 304 has none).`,
  `${quota('database')} of its reads may query the database, and ${quota('database-large')} more may read over ${formatNumber(LIGHT_ROWS)} rows.`,
  `An address without a valid key may send ${quota('anonymous')} requests: ${quota('anonymous-database')} may query the database, ${quota('anonymous-large')} may read over ${formatNumber(LIGHT_ROWS)} rows, and ${quota('key-lookups')} may contain a key that has not been verified yet.`,
  `An IPv6 /64 counts as one address. For its /56 and its /48 the limits are ${quota('network')}, ${quota('network-database')}, ${quota('network-large')} and ${quota('network-lookups')}.`,
]

/** The description of the API, as Markdown. */
const DESCRIPTION = `Production of sprockets compared with the goal, per factory, and a catalogue of sprocket types. \
Ids count from 0 within an organisation.

The [guides](/docs) begin with a [first read](/docs/first-read). [Errors](/docs/errors) explains every error.

## Rate limits

${RATES.map((sentence) => `- ${sentence}`).join('\n')}

## Sizes

${SIZES.map((sentence) => `- ${sentence}`).join('\n')}
`

/** The fixed part of the OpenAPI document. The server URL is relative, so the document is the same on every host. */
export const OPENAPI_INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Sprocket telemetry',
    version: packageJson.version,
    description: DESCRIPTION,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'Factories', description: 'Factories with their names and time zones' },
    { name: 'Shifts', description: 'Schedules, and the production of shifts' },
    { name: 'Stops', description: 'Stops, their reasons, and annotations that give a stop its reason' },
    { name: 'Readings', description: 'Time series of actual and planned production' },
    { name: 'Sprockets', description: 'The catalogue of sprocket types' },
    { name: 'Keys', description: 'API keys: create, limit, rotate and revoke' },
    { name: 'Organisation', description: 'The organisation and its audit log' },
    { name: 'Meta', description: 'Liveness, readiness and the OpenAPI document' },
  ],
}

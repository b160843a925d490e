import { LIGHT_ROWS } from '../db/pending-queries.ts'
import { RATE_LIMITS } from '../runtime/rate-limit-policies.ts'
import { formatNumber, LIMITS } from '../schemas/limits.ts'

/** Describes what each rate-limit policy counts. */
const DESCRIPTIONS: Record<keyof typeof RATE_LIMITS, string> = {
  read: 'requests of any kind',
  body: 'responses to reads that have a body; a 304 has none',
  write: 'writes',
  admin: 'requests about keys, the organisation and its audit log',
  database: `reads of up to ${formatNumber(LIGHT_ROWS)} rows of the database, such as a payload that is not cached`,
  'database-large': 'reads of more rows, such as a page of 20 factories with their series',
  anonymous: 'requests without a valid key, from one IPv4 address or one IPv6 /64',
  'anonymous-database': 'the same as database, without a key',
  'anonymous-large': 'the same as database-large, without a key',
  'key-lookups': 'look-ups of keys that the isolate does not know, valid or not, from one address',
  network: 'requests without a valid key, from one IPv6 /56, and from one /48',
  'network-database': 'the same as database, without a key',
  'network-large': 'the same as database-large, without a key',
  'network-lookups': 'look-ups of keys that the isolate does not know',
}

/** Size limits and what they limit. */
const SIZES: [string, string][] = [
  [formatNumber(LIMITS.urlCharacters), 'characters of a URL'],
  [formatNumber(LIMITS.headerCharacters), 'characters of one header'],
  [`${formatNumber(LIMITS.bodyBytes)} bytes`, 'of a body, compressed and uncompressed'],
  [formatNumber(LIMITS.bodyValues), 'values in a JSON body, objects and arrays included'],
  [formatNumber(LIMITS.objectMembers), 'members of an object in a JSON body'],
  [formatNumber(LIMITS.bodyDepth), 'objects and arrays within each other in a JSON body'],
  [formatNumber(LIMITS.columns), 'columns of CSV; tags and fields of a line of line protocol'],
  [formatNumber(LIMITS.lines), 'lines of CSV or line protocol'],
  [formatNumber(LIMITS.gzipMembers), 'members of a gzip body'],
  [formatNumber(LIMITS.readings), 'readings in a request, and on a page of a range'],
  [formatNumber(LIMITS.chartReadings), 'readings in a chart without a range'],
  [formatNumber(LIMITS.pageItems), 'items on a page of a list'],
  [formatNumber(LIMITS.points), 'points in a chart with the parameter points'],
  [formatNumber(LIMITS.fieldErrors), 'places listed in one error'],
  [formatNumber(LIMITS.nameCharacters), 'characters of a name'],
  [formatNumber(LIMITS.scheduleVersions), 'versions of a schedule'],
  [formatNumber(LIMITS.scheduleExceptions), 'exceptions of a schedule'],
  [formatNumber(LIMITS.dayShifts), 'shifts of a factory that start on one day'],
  [formatNumber(LIMITS.shiftBreaks), 'breaks of a shift'],
  [formatNumber(LIMITS.shifts), 'shifts in a response'],
  [`${formatNumber(LIMITS.shiftDays)} days`, 'in a range of shifts'],
  [`${formatNumber(LIMITS.shiftChartDays)} days`, 'on a page of a chart of shifts'],
  [formatNumber(LIMITS.stops), 'stops on a page'],
  [`${formatNumber(LIMITS.organisationStopDays)} days`, 'in a range of the stops of several factories'],
  [formatNumber(LIMITS.stopFactories), 'factories whose stops are added up in one request'],
  [formatNumber(LIMITS.stateChanges), 'changes of state behind the stops of a response'],
  [`${formatNumber(LIMITS.stateDays)} days`, 'in a range of states'],
  [formatNumber(LIMITS.states), 'states in a response'],
  [formatNumber(LIMITS.scheduleCharacters), 'characters of a schedule as JSON'],
  [formatNumber(LIMITS.idealPerHour), `sprockets an hour at ideal speed; at least ${formatNumber(LIMITS.minIdealPerHour)}`],
  [formatNumber(LIMITS.stopReasons), 'stop reasons of an organisation'],
  [formatNumber(LIMITS.reasonCodeCharacters), 'characters of the code of a stop reason'],
  [formatNumber(LIMITS.keyFactories), 'factories that one key is limited to'],
  [`${formatNumber(LIMITS.overlapSeconds)} s`, 'that a rotated key stays valid'],
  [formatNumber(LIMITS.idempotencyRecords), 'requests of one API key with an Idempotency-Key in 24 hours; beyond it 429'],
  [`${formatNumber(LIMITS.idempotencyBytes)} bytes`, 'of stored responses to them per API key'],
  [`${formatNumber(LIMITS.aheadSeconds)} s`, 'that the time of a reading may be in the future'],
]

const renderRow = (...cells: string[]) => `| ${cells.join(' | ')} |`

/** Renders the page of limits as Markdown, from the tables that hold them. */
export const renderLimits = (): string => `# Limits

## Rates

Limits are counted per API key, or per address without a key, and per location of the network. The platform counts approximately.
Beyond a limit the response is [429](/docs/errors#too-many-requests) with \`Retry-After\`. Every response names the policies in
\`RateLimit-Policy\`.

${[
  renderRow('Policy', 'At most', 'Counts'),
  renderRow('---', '---', '---'),
  ...Object.entries(RATE_LIMITS).map(([name, { quota, seconds }]) =>
    renderRow(`\`${name}\``, `${formatNumber(quota)} in ${seconds} s`, DESCRIPTIONS[name as keyof typeof RATE_LIMITS]),
  ),
].join('\n')}

To stay below the limits, send the \`ETag\` back and get 304, request a range at once, and collect readings: one request holds
${formatNumber(LIMITS.readings)}.

## Sizes

${[renderRow('At most', 'Counts'), renderRow('---', '---'), ...SIZES.map((cells) => renderRow(...cells))].join('\n')}

Values are whole numbers from 0 to 9,007,199,254,740,991, and unknown is null. Beyond a size limit nothing is
stored, and the response is [400](/docs/errors#malformed-request), [413](/docs/errors#content-too-large),
[414](/docs/errors#uri-too-long), [422](/docs/errors#invalid-content) or [431](/docs/errors#headers-too-large). Beyond the limit of
requests with an Idempotency-Key, it is [429](/docs/errors#too-many-requests).
`

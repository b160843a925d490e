/** Returns a number with separators, as sentences for clients show it: `24,000`. */
export const formatNumber = (number: number): string => number.toLocaleString('en')

/** Limits of requests and responses. Errors and documentation take their numbers from this table. */
export const LIMITS = {
  /** Characters of a URL. */
  urlCharacters: 8_192,
  /** Characters of one header. */
  headerCharacters: 4_096,
  /** Bytes of a body. */
  bodyBytes: 1_048_576,
  /** Nesting depth of a JSON body. A factory with its series has three levels. */
  bodyDepth: 8,
  /** Values in a JSON body, including objects and arrays: 5,000 readings of five members each, plus a margin. */
  bodyValues: 30_200,
  /** Members of an object in a body. The largest schema has less than a tenth of them. */
  objectMembers: 100,
  /** Columns of CSV, and tags and fields of one line of line protocol. Agents such as Telegraf add up to a dozen tags. */
  columns: 100,
  /** Lines of CSV or line protocol, including blank lines and comments. Blank rows at the end of CSV do not count. */
  lines: 100_000,
  /** Members of a gzip body (RFC 1952). Concatenated log files have one member each. */
  gzipMembers: 1_000,
  /** Readings in a request, and on a page of a range. */
  readings: 5_000,
  /** Readings in a chart without a range. */
  chartReadings: 500,
  /** Maximum value of the query parameter `points`. */
  points: 2_000,
  /** Seconds that the time of a reading may lie in the future, because clocks of devices run ahead. */
  aheadSeconds: 600,
  /** Items on a page of a list. */
  pageItems: 100,
  /** Field errors in one problem: enough to correct a client, too few to repeat its whole input. */
  fieldErrors: 20,
  /** Characters of a name. */
  nameCharacters: 100,
  /** Versions of a schedule. A plant changes its shifts a few times a year. */
  scheduleVersions: 50,
  /** Exceptions of a schedule: the holidays of some decades. */
  scheduleExceptions: 400,
  /** Shifts that start on one day. Six shifts of four hours fill a day. */
  dayShifts: 6,
  /** Breaks of a shift. */
  shiftBreaks: 8,
  /** Shifts in a response: two months of three shifts a day. */
  shifts: 200,
  /** Days of a range of shifts. */
  shiftDays: 66,
  /** Days of a page of a chart of shifts. */
  shiftChartDays: 31,
  /** Days of a range of the stops of all factories. */
  organisationStopDays: 7,
  /** Factories whose stops are added up in one request. */
  stopFactories: 50,
  /** Changes of state from which the stops of one request are derived, two a stop. They take up to 70 ms of CPU (npm run bench:cpu). */
  stateChanges: 100_000,
  /** Days of a range of states. */
  stateDays: 7,
  /** States in a response: a week of a machine that stops every four minutes. */
  states: 5_000,
  /** Stops on a page. */
  stops: 500,
  /** Characters of a schedule as JSON. The audit log stores it twice for each change. */
  scheduleCharacters: 65_536,
  /** Least sprockets in an hour at the ideal speed: one in six weeks. A speed near 0 makes performance infinite, which JSON cannot say. */
  minIdealPerHour: 0.001,
  /** Sprockets in an hour of production at the ideal speed of a factory: far more than any machine makes. */
  idealPerHour: 1_000_000_000,
  /** Stop reasons of an organisation. Plants that classify stops have 20 to 100. */
  stopReasons: 200,
  /** Characters of the code of a stop reason. */
  reasonCodeCharacters: 40,
  /** Factories in the scope of one key. */
  keyFactories: 1_000,
  /** Idempotency records of one API key. Each is kept for a day, so one request per second (86,400 a day) is possible. */
  idempotencyRecords: 100_000,
  /** Bytes of stored responses in the idempotency records of one API key. Above it, a replay builds the response again. */
  idempotencyBytes: 8_388_608,
  /** Seconds that a rotated key may stay valid: 30 days. */
  overlapSeconds: 2_592_000,
} as const

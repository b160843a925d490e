/** How much a request may hold and an answer will. Errors and documentation quote this table, so that they cannot differ from it. */
export const LIMITS = {
  /** Characters of a URL. */
  urlCharacters: 8_192,
  /** Characters of one header. */
  headerCharacters: 4_096,
  /** Bytes of a body. */
  bodyBytes: 1_048_576,
  /** Objects and arrays within each other in a body. A factory with its series has three. */
  bodyDepth: 8,
  /** Values in a JSON body, objects and arrays included: 5,000 readings of four members each, and some more. */
  bodyValues: 25_200,
  /** Members of an object in a body. No schema has a tenth of it. */
  objectMembers: 100,
  /** Columns of CSV, and tags and fields of one line of line protocol. Agents add tags of their own, a dozen at most. */
  columns: 100,
  /** Lines of CSV or line protocol, blank ones and comments included. Blank rows at the end of CSV do not count. */
  lines: 100_000,
  /** Members that a gzip body may consist of (RFC 1952): log files that were packed one by one, and some more. */
  gzipMembers: 1_000,
  /** Readings in a request, and on a page of a range. */
  readings: 5_000,
  /** Readings in a chart that is asked for without a range. */
  chartReadings: 500,
  /** Points in a chart that is asked for in so many points. */
  points: 2_000,
  /** Seconds that the time of a reading may lie ahead, for so do the clocks of devices. */
  aheadSeconds: 600,
  /** Items on a page of a list. */
  pageItems: 100,
  /** Faults in one problem: enough to mend a client, too few to be an echo of its input. */
  faults: 20,
  /** Characters of a name. */
  nameCharacters: 100,
  /** Factories that one key is limited to. */
  keyFactories: 1_000,
  /** Requests with an Idempotency-Key that are remembered of one API key, for a day each: one every second, and some more. */
  idempotencyRecords: 100_000,
  /** Bytes of answers to them that are kept of one API key. Beyond it they are made out anew. */
  idempotencyBytes: 8_388_608,
  /** Seconds that a rotated key may stay valid: thirty days. */
  overlapSeconds: 2_592_000,
} as const

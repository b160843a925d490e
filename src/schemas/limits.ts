/** How much a request may hold and an answer will. Errors and documentation quote this table, so that they cannot differ from it. */
export const LIMITS = {
  /** Bytes of a body. */
  bodyBytes: 1_048_576,
  /** Readings in a request. */
  readings: 5_000,
  /** Items on a page of a list. */
  pageItems: 100,
  /** Faults in one problem: enough to mend a client, too few to be an echo of its input. */
  faults: 20,
  /** Characters of a name. */
  nameCharacters: 100,
  /** Factories that one key is limited to. */
  keyFactories: 1_000,
  /** Seconds that a rotated key may stay valid: thirty days. */
  overlapSeconds: 2_592_000,
} as const

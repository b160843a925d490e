/** A profile of V8: the stack at each sample, and the microseconds since the sample before. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/**
 * Returns the time of a profile without idle samples, in ms.
 * @param longestGapMs a longer time between two samples does not count
 */
export const busyMs = ({ nodes, samples, timeDeltas }: CpuProfile, longestGapMs = Infinity): number => {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id))
  return timeDeltas.reduce((sum, delta, at) => sum + (idle.has(samples[at]!) || delta > 1_000 * longestGapMs ? 0 : delta), 0) / 1_000
}

import type { Page } from 'playwright-core'

/** The memory of a page, after garbage collection. */
export interface Heap {
  /** Bytes of objects, arrays, functions and texts of scripts. Compiled code, and the records of the browser, are left out. */
  objectBytes: number
  nodes: number
  listeners: number
}

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[], ...unknown[]] } }
  nodes: number[]
}

/** Types of nodes that are no data of scripts. */
const NO_DATA = new Set(['code', 'hidden', 'native', 'synthetic'])

const sumObjects = ({ snapshot, nodes }: Snapshot): number => {
  const { node_fields: fields, node_types: types } = snapshot.meta
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')]
  let sum = 0
  for (let at = 0; at < nodes.length; at += fields.length) if (!NO_DATA.has(types[0][nodes[at + type]!]!)) sum += nodes[at + size]!
  return sum
}

/** Measures the memory of a page. */
export const measureHeap = async (page: Page): Promise<Heap> => {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('Performance.enable')
  await session.send('HeapProfiler.enable')
  // The second collection frees what the first one has finalized.
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  const find = (name: string) => metrics.find((metric) => metric.name === name)!.value
  return { objectBytes: sumObjects(JSON.parse(chunks.join('')) as Snapshot), nodes: find('Nodes'), listeners: find('JSEventListeners') }
}

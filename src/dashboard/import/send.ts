import type { Client } from '../../client/client.ts'
import { buildPartKey, toRefusedLines } from './parts.ts'
import type { Part } from './parts.ts'
import type { Progress } from './progress.ts'

/** The functions of the API that an import needs. */
interface WritingApi {
  client: Pick<Client, 'send'>
  announce(): void
}

interface Import {
  id: number
  parts: readonly Part[]
  /** The parts that are sent already. */
  progress: Progress
  /** Returns the name that the column of a member has in the file. */
  findColumn(member: string): string
  /** Called after each part. */
  report(progress: Progress): void
  signal: AbortSignal
}

/**
 * Sends the parts that are not sent yet, one after the other. A part that the API has already applied has no further effect. Other tabs
 * show the readings when the import ends or fails.
 * @throws ApiError for an error response, or the reason of the signal
 */
export const sendParts = async (api: WritingApi, { id, parts, progress, findColumn, report, signal }: Import): Promise<Progress> => {
  // A key that changes in the meantime has another client.
  const { client } = api
  const sent: Progress = { ...progress, refused: [...progress.refused] }
  try {
    for (const [index, part] of parts.entries()) {
      if (index < progress.parts) continue
      const options = { signal, prefer: 'handling=lenient', idempotencyKey: await buildPartKey(id, progress.importId, index, part) }
      const { data } = await client.send('POST /api/factory/{id}/chart-data', { id }, part.body, options)
      const refused = toRefusedLines(data.refused ?? [], part, findColumn)
      sent.parts = index + 1
      sent.changed += data.changed
      sent.unchanged += part.readings.length - new Set(refused.map(({ line }) => line)).size - data.changed
      sent.refused.push(...refused)
      report(sent)
    }
  } finally {
    api.announce()
  }
  return sent
}

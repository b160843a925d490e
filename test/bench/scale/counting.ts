/** What was asked of D1 and KV. */
export interface Counts {
  /** Requests to D1: a batch is one. */
  trips: number
  statements: number
  read: number
  written: number
  gets: number
  puts: number
}

export const NOTHING: Counts = { trips: 0, statements: 0, read: 0, written: 0, gets: 0, puts: 0 }

const note = (counts: Counts, ...results: D1Result[]) => {
  counts.trips++
  counts.statements += results.length
  for (const { meta } of results) {
    counts.read += meta.rows_read
    counts.written += meta.rows_written
  }
}

/** A database that counts the rows of every query, by D1's own word. A query by itself is run twice: only one form tells. */
export const countDatabase = (database: D1Database, counts: Counts): D1Database => {
  const originals = new WeakMap<object, D1PreparedStatement>()
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const run = async () => note(counts, await statement.all())
    const made = {
      bind: (...values: unknown[]) => counted(statement.bind(...values)),
      all: async () => {
        const result = await statement.all()
        note(counts, result)
        return result
      },
      raw: async () => {
        await run()
        return statement.raw()
      },
      first: async () => {
        await run()
        return statement.first()
      },
    } as unknown as D1PreparedStatement
    originals.set(made, statement)
    return made
  }
  return {
    withSession: (start: string) => {
      const session = database.withSession(start)
      return {
        prepare: (text: string) => counted(session.prepare(text)),
        getBookmark: () => session.getBookmark(),
        batch: async (statements: D1PreparedStatement[]) => {
          const results = await session.batch(statements.map((each) => originals.get(each) ?? each))
          note(counts, ...results)
          return results
        },
      }
    },
  } as unknown as D1Database
}

/** A namespace that counts reads and puts; `deaf`: one that does not answer, so that reads come from D1 and leave nothing behind. */
export const countNamespace = (kv: KVNamespace, counts: Counts, deaf: boolean): KVNamespace =>
  ({
    getWithMetadata: async (...given: [string, never]) => {
      if (deaf) throw new Error('deaf')
      counts.gets++
      return kv.getWithMetadata(...given)
    },
    put: async (...given: Parameters<KVNamespace['put']>) => {
      counts.puts++
      return kv.put(...given)
    },
    delete: (key: string) => kv.delete(key),
  }) as unknown as KVNamespace

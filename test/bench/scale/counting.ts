/** What was asked of D1 and KV. */
export interface Counts {
  read: number
  written: number
  gets: number
  puts: number
}

const note = (counts: Counts, { meta }: D1Result) => {
  counts.read += meta.rows_read
  counts.written += meta.rows_written
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
          for (const result of results) note(counts, result)
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

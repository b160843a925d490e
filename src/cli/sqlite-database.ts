import type { DatabaseSync } from 'node:sqlite'
import type { Database } from './database.ts'
import { CliError } from './cli-error.ts'
import { render } from './render-sql.ts'

/** Opens a database with the SQLite of Node: in memory, or the file of a local database that no other process has open. */
export const openSqliteDatabase = (database: DatabaseSync): Database => {
  const inTransaction = <Result>(step: string, work: () => Result): Result => {
    database.exec('begin')
    try {
      const result = work()
      database.exec('commit')
      return result
    } catch (error) {
      database.exec('rollback')
      throw new CliError(`${step} failed:\n${(error as Error).message}`)
    }
  }
  return {
    query: async <Row>(step: string, statements: Parameters<typeof render>[0][]) =>
      inTransaction(step, () => {
        const texts = statements.map(render)
        for (const text of texts.slice(0, -1)) database.exec(text)
        return database.prepare(texts.at(-1)!).all() as Row[]
      }),
    run: async (step, statements) => inTransaction(step, () => statements.forEach((statement) => database.exec(statement))),
    close: async () => database.close(),
  }
}

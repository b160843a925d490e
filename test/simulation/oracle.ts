import { drizzle } from 'drizzle-orm/d1'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Code } from './code.ts'

/** What one path said from one commit to the next that changed it; null where there was nothing. */
interface Version {
  commit: number
  at: number
  text: string | null
}

/** What drizzle does with a statement of a batch: text and parameters out, rows in. */
interface Prepared {
  toSQL(): { sql: string; params: SQLInputValue[] }
  _prepare(): { mapAllResult(answer: { results: unknown[] }, isFromBatch: true): never[] }
}

/** Builds statements and runs none. */
const builder = drizzle({ prepare: () => ({}) } as unknown as D1Database)

/** What every path said after every commit, straight from the primary: what a read may have shown, and what KV must hold in the end. */
export class Oracle {
  readonly #versions = new Map<string, Version[]>()
  readonly #questions = new Map<string, () => string | null>()
  #seq = 0
  readonly #code: Code
  readonly #primary: DatabaseSync
  readonly #latest: StatementSync

  constructor(code: Code, primary: DatabaseSync) {
    this.#code = code
    this.#primary = primary
    this.#latest = primary.prepare('select coalesce(max(seq), 0) as seq from changes')
  }

  /** What a path would say if it were assembled now. */
  fresh(path: string): string | null {
    const ask = this.#questions.get(path) ?? this.#questions.set(path, this.#question(path)).get(path)!
    return ask()
  }

  #question(path: string): () => string | null {
    const { document, organisation, params } = this.#code.documents.findDocument(path)!
    const query = document.read(builder, organisation, params) as unknown as Prepared
    const { sql, params: values } = query.toSQL()
    const prepared = query._prepare()
    const statement = this.#primary.prepare(sql)
    return () => document.render(prepared.mapAllResult({ results: statement.all(...values) }, true), params)
  }

  watch(paths: string[]): void {
    for (const path of paths) this.#versions.set(path, [{ commit: 0, at: 0, text: this.fresh(path) }])
  }

  /** Notes what a commit changed. Returns true if it is in the log. */
  committed(commit: number, at: number): boolean {
    const { seq } = this.#latest.get() as { seq: number }
    if (seq === this.#seq) return false
    this.#seq = seq
    for (const [path, versions] of this.#versions) {
      const text = this.fresh(path)
      if (text !== versions.at(-1)!.text) versions.push({ commit, at, text })
    }
    return true
  }

  /** Whether a path said this at some moment after a commit and a time. */
  said(path: string, text: string | null, since: { commit?: number; at?: number }): boolean {
    const versions = this.#versions.get(path)!
    return versions.some((version, index) => {
      const next = versions[index + 1]
      return version.text === text && (!next || (next.commit > (since.commit ?? -1) && next.at > (since.at ?? -1)))
    })
  }
}

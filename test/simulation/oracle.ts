import { drizzle } from 'drizzle-orm/d1'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Code } from './code.ts'

/** The text of a path from one commit to the next that changed it; null if the resource did not exist. */
interface Version {
  commit: number
  at: number
  text: string | null
}

/** The methods that Drizzle calls on a statement of a batch: text and parameters out, rows in. */
interface Prepared {
  toSQL(): { sql: string; params: SQLInputValue[] }
  _prepare(): { mapAllResult(answer: { results: unknown[] }, isFromBatch: true): never[] }
}

/** Builds statements but cannot run them. */
const builder = drizzle({ prepare: () => ({}) } as unknown as D1Database)

/** Records the text of every path after every commit, from the primary: the texts that a read may return and KV must have. */
export class Oracle {
  readonly #versions = new Map<string, Version[]>()
  readonly #renderers = new Map<string, () => string | null>()
  #auditLog = ''
  readonly #code: Code
  readonly #primary: DatabaseSync
  readonly #latest: StatementSync

  constructor(code: Code, primary: DatabaseSync) {
    this.#code = code
    this.#primary = primary
    this.#latest = primary.prepare('select count(*) as entries, coalesce(sum(commit_seq), 0) as sum from audit_log')
  }

  /** Renders the path from the primary. */
  fresh(path: string): string | null {
    const render = this.#renderers.get(path) ?? this.#renderers.set(path, this.#renderer(path)).get(path)!
    return render()
  }

  #renderer(path: string): () => string | null {
    const { document, organisationPk, params } = this.#code.documents.findDocument(path)!
    const query = document.read(builder, organisationPk, params) as unknown as Prepared
    const { sql, params: values } = query.toSQL()
    const prepared = query._prepare()
    const statement = this.#primary.prepare(sql)
    return () => {
      const rendered = document.render(prepared.mapAllResult({ results: statement.all(...values) }, true), params)
      return rendered !== null && typeof rendered === 'object' ? rendered.text : rendered
    }
  }

  watch(paths: string[]): void {
    for (const path of paths) this.#versions.set(path, [{ commit: 0, at: 0, text: this.fresh(path) }])
  }

  /** Records the texts that a commit changed. Returns true if the commit changed the audit log. */
  recordCommit(commit: number, at: number): boolean {
    const state = JSON.stringify(this.#latest.get())
    if (state === this.#auditLog) return false
    this.#auditLog = state
    for (const [path, versions] of this.#versions) {
      const text = this.fresh(path)
      if (text !== versions.at(-1)!.text) versions.push({ commit, at, text })
    }
    return true
  }

  /** True if the path had this text at some time after a commit and a time. */
  hadText(path: string, text: string | null, since: { commit?: number; at?: number }): boolean {
    const versions = this.#versions.get(path)!
    return versions.some((version, index) => {
      const next = versions[index + 1]
      return version.text === text && (!next || (next.commit > (since.commit ?? -1) && next.at > (since.at ?? -1)))
    })
  }
}

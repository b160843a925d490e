import { drizzle } from 'drizzle-orm/d1'
import type { SQLInputValue } from 'node:sqlite'
import type { SimulatedD1 } from '../support/simulated-d1.ts'
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
  /** The commit of each request, by its id. */
  readonly #commits = new Map<string, number>()
  /** The state of the audit log of each organisation. */
  readonly #auditLogs = new Map<number, string>()
  readonly #code: Code
  readonly #d1: SimulatedD1

  constructor(code: Code, d1: SimulatedD1) {
    this.#code = code
    this.#d1 = d1
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
    return () => {
      const rendered = document.render(prepared.mapAllResult({ results: this.#d1.prepare(sql).all(...values) }, true), params)
      return rendered !== null && typeof rendered === 'object' ? rendered.text : rendered
    }
  }

  watch(paths: string[]): void {
    for (const path of paths) this.#versions.set(path, [{ commit: 0, at: 0, text: this.fresh(path) }])
  }

  /** Records the texts that a commit changed. Returns true if the commit changed an audit log. */
  recordCommit(commit: number, at: number): boolean {
    const changed = this.#findChangedOrganisations()
    for (const organisationPk of changed) this.#commits.set(this.#newestRequestTo(organisationPk), commit)
    for (const [path, versions] of this.#versions) {
      if (!changed.some((organisationPk) => path.startsWith(`${organisationPk}/`))) continue
      const text = this.fresh(path)
      if (text !== versions.at(-1)!.text) versions.push({ commit, at, text })
    }
    return changed.length > 0
  }

  /** Returns the commit of a request, if it changed the text of the path. */
  commitThatChanged(path: string, requestId: string): number | undefined {
    const commit = this.#commits.get(requestId)
    return this.#versions.get(path)!.find((version) => version.commit === commit)?.commit
  }

  #newestRequestTo(organisationPk: number): string {
    const newest = this.#d1.prepare('select request_id as id from audit_log where organisation_pk = ? order by commit_seq desc limit 1')
    return (newest.get(organisationPk) as { id: string } | undefined)?.id ?? ''
  }

  /** Returns the organisations whose audit log has changed since the last call. */
  #findChangedOrganisations(): number[] {
    const logs = this.#d1
      .prepare(
        `select pk as organisationPk, count(commit_seq) as entries, sum(commit_seq) as sum from organisations
         left join audit_log on organisation_pk = pk group by pk`,
      )
      .all() as { organisationPk: number; entries: number; sum: number | null }[]
    return logs.flatMap(({ organisationPk, entries, sum }) => {
      const state = `${entries} ${sum}`
      if (state === this.#auditLogs.get(organisationPk)) return []
      this.#auditLogs.set(organisationPk, state)
      return [organisationPk]
    })
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

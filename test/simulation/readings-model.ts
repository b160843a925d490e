import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Sent, Stored } from '../support/series-model.ts'

/** A write request. */
export type WriteRequest = [method: string, path: string, body?: unknown]

/** The body that replaces the readings of a factory. */
interface Columns {
  time: number[]
  sprocket_production_actual: (number | null)[]
}

const CHART = /^\/api\/factory\/(\d+)\/chart-data(?:\/(\d+))?$/

/** The readings of organisation 1 that the writes of a run must have stored, computed from their requests and not by the code under test. */
export class ReadingsModel {
  #factories = new Map<number, Map<number, Stored>>()
  readonly #requests = new Map<string, WriteRequest>()
  readonly #entries: StatementSync
  #seq = 0

  constructor(primary: DatabaseSync) {
    this.#entries = primary.prepare(
      'select commit_seq as seq, request_id from audit_log where organisation_pk = 1 and commit_seq > ? order by commit_seq',
    )
  }

  /** Records a request before it is sent. */
  expect(requestId: string, request: WriteRequest): void {
    this.#requests.set(requestId, request)
  }

  /** Applies the requests whose audit entries a commit has inserted. */
  recordCommit(): void {
    for (const { seq, request_id } of this.#entries.all(this.#seq) as { seq: number; request_id: string }[]) {
      this.#seq = seq
      const request = this.#requests.get(request_id)
      if (request) this.#apply(request)
    }
  }

  /** Returns a copy of the state, for `restore`. */
  copy() {
    return { seq: this.#seq, factories: structuredClone(this.#factories) }
  }

  /** Returns to an earlier state, which must not be used again. */
  restore({ seq, factories }: ReturnType<ReadingsModel['copy']>): void {
    this.#seq = seq
    this.#factories = factories
  }

  /** Returns the readings of a factory in order of time. */
  readings(factory: number): Stored[] {
    return [...this.#series(factory).values()].toSorted((a, b) => a.time - b.time)
  }

  #series(factory: number): Map<number, Stored> {
    return this.#factories.get(factory) ?? this.#factories.set(factory, new Map()).get(factory)!
  }

  #upsert(factory: number, { time, actual, goal, scrap }: Sent): void {
    const series = this.#series(factory)
    const old = series.get(time)
    const merge = (sent: number | null | undefined, stored: number | null = null) => (sent === undefined ? stored : sent)
    const merged = merge(scrap, old?.scrap)
    series.set(time, {
      time,
      actual: merge(actual, old?.actual),
      goal: merge(goal, old?.goal),
      ...(merged !== null && { scrap: merged }),
    })
  }

  #apply([method, path, body]: WriteRequest): void {
    if (path === '/api/readings')
      for (const { factory, ...reading } of (body as { readings: (Sent & { factory: number })[] }).readings) this.#upsert(factory, reading)
    const [, id, time] = CHART.exec(path) ?? []
    if (id === undefined) return
    const factory = Number(id)
    if (method === 'DELETE') this.#series(factory).delete(Number(time))
    else if (time !== undefined) this.#upsert(factory, { ...(body as object), time: Number(time) })
    else if (method === 'POST') this.#upsert(factory, body as Sent)
    else {
      const columns = body as Columns
      this.#series(factory).clear()
      for (const [index, each] of columns.time.entries())
        this.#upsert(factory, { time: each, actual: columns.sprocket_production_actual[index]! })
    }
  }
}

import { sql } from 'drizzle-orm'
import { sha256, toBase64Url } from '../runtime/hash.ts'
import { latestSeq } from '../queries/commit-seq.ts'
import type { Database, Session } from '../db/client.ts'
import type { Document, Page } from '../documents/document.ts'
import type { Params } from '../documents/query-params.ts'

/** The bytes of a response and their entity tag. */
export interface Payload {
  body: Uint8Array
  etag: string
  /** Where the previous page ends: the time of the first reading, if the series has older readings. */
  previousPageEnd?: number | undefined
}

/** Names one payload: a cached document, its parameters, and the organisation (primary key). */
export interface DocumentKey {
  document: Document
  organisationPk: number
  params: Params
}

const encoder = new TextEncoder()

/** Returns a strong entity tag (RFC 9110, section 8.8.3): the first 128 bits of the SHA-256 of the bytes. */
const computeETag = async (content: BufferSource | string): Promise<string> => `"${toBase64Url((await sha256(content)).subarray(0, 16))}"`

/**
 * Returns the bytes of a text or a page, and their entity tag. The bytes do not contain the end of the previous page, but the entity tag
 * depends on it, because the response has a `Link` to that page.
 */
export const toPayload = async (rendered: string | Page): Promise<Payload> => {
  const { text, previousPageEnd } = typeof rendered === 'string' ? { text: rendered, previousPageEnd: undefined } : rendered
  const body = encoder.encode(text)
  return {
    body,
    previousPageEnd,
    etag: await computeETag(previousPageEnd === undefined ? body : `${text}\n${previousPageEnd}`),
  }
}

const renderPayload = async ({ document, params }: DocumentKey, rows: never[]): Promise<Payload | null> => {
  const rendered = document.render(rows, params)
  return rendered === null ? null : toPayload(rendered)
}

/** Renders one document from the database that the session sees. Returns null if the resource does not exist. */
export const renderDocument = async (session: Session, key: DocumentKey): Promise<Payload | null> => {
  const [rows] = await session.batch([key.document.read(session.db, key.organisationPk, key.params)])
  return renderPayload(key, rows)
}

/** Selects the sequence number of the latest commit to each organisation. */
const selectLatestSeqs = (db: Database, organisationPks: number[]) =>
  db
    .select({ organisationPk: sql<number>`value`.as('organisation_pk'), seq: latestSeq(sql`value`).as('seq') })
    .from(sql`json_each(${JSON.stringify([...new Set(organisationPks)])})`)

/**
 * Renders documents in one batch, so that one number is valid for all payloads of an organisation: each contains every commit up to
 * it. Returns these numbers by organisation.
 */
export const renderDocuments = async (
  session: Session,
  keys: DocumentKey[],
  organisationPks: number[],
): Promise<{ seqs: Map<number, number>; payloads: (Payload | null)[] }> => {
  const [latest, ...rows] = await session.batch([
    selectLatestSeqs(session.db, organisationPks),
    ...keys.map(({ document, organisationPk, params }) => document.read(session.db, organisationPk, params)),
  ] as const)
  return {
    seqs: new Map(latest.map(({ organisationPk, seq }) => [organisationPk, seq])),
    payloads: await Promise.all(keys.map((key, index) => renderPayload(key, rows[index] as never[]))),
  }
}

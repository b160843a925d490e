import type { Payload } from '../runtime/isolate.ts'
import { latestSeq } from './directory.ts'
import { singleRow } from '../db/client.ts'
import type { Session } from '../db/client.ts'
import type { Document } from '../documents/registry.ts'
import type { Params } from '../documents/path.ts'

/** A document of one organisation, with its parameters. */
export interface DocumentKey {
  document: Document
  organisation: number
  params: Params
}

const encoder = new TextEncoder()

/** A strong validator (RFC 9110, section 8.8.3): 128 bits of the SHA-256 of the bytes. */
export const computeETag = async (body: Uint8Array): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body)).subarray(0, 16)
  return `"${btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .slice(0, 22)}"`
}

/**
 * The bytes and the validator of a text.
 * @param before where its document goes on backwards: it is no part of the bytes, but what is labelled with another is another
 */
export const toPayload = async (text: string, previousPageEnd?: number): Promise<Payload> => {
  const body = encoder.encode(text)
  return {
    body,
    previousPageEnd,
    etag: await computeETag(previousPageEnd === undefined ? body : encoder.encode(`${text}\n${previousPageEnd}`)),
  }
}

const renderPayload = async ({ document, params }: DocumentKey, rows: never[]): Promise<Payload | null> => {
  const text = document.render(rows, params)
  return text === null ? null : toPayload(text, document.previousPageEnd?.(rows, params))
}

/** Assembles one document as the session sees it; null where there is nothing. */
export const renderDocument = async (session: Session, wanted: DocumentKey): Promise<Payload | null> => {
  const [rows] = await session.batch([wanted.document.read(session.db, wanted.organisation, wanted.params)])
  return renderPayload(wanted, rows)
}

/** Assembles documents in one batch, so that one `seq` labels them all: every commit up to it is in them. */
export const renderDocuments = async (session: Session, wanted: DocumentKey[]): Promise<{ seq: number; found: (Payload | null)[] }> => {
  const [[latest], ...rows] = await session.batch([
    session.db.select({ seq: latestSeq.as('seq') }).from(singleRow),
    ...wanted.map(({ document, organisation, params }) => document.read(session.db, organisation, params)),
  ] as const)
  return { seq: latest!.seq, found: await Promise.all(wanted.map((each, position) => renderPayload(each, rows[position] as never[]))) }
}

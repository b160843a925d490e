import { findNextLink } from '../../client/read-response.ts'

/** True if a response is a page, and another one follows it. */
export const hasNextPage = (headers: Headers): boolean => findNextLink(headers.get('Link') ?? '') !== undefined

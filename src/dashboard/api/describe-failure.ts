import { ApiError } from '../../client/client.ts'
import { texts } from '../texts/page.ts'

/** Describes the error of a request: the message of the API, or that the server does not respond, with advice. */
export const describeFailure = (error: unknown, advice = texts.tryAgain): string =>
  error instanceof ApiError ? error.message : texts.noResponse(advice)

/** Describes an error: its message, and each invalid field. */
export const describeError = (error: unknown): string => {
  if (!(error instanceof ApiError)) return describeFailure(error)
  const fieldErrors = (error.problem.errors ?? []).map(({ pointer, detail }) => `${pointer.replace(/^#\/?/, '') || texts.body}: ${detail}`)
  const advice = error.status === 401 ? ` ${texts.enterValidKey}` : ''
  return [error.message + advice, ...fieldErrors].join(' ')
}

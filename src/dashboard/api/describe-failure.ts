import { ApiError } from '../../client/client.ts'

/** Describes the error of a request: the message of the API, or that the server does not respond, with advice. */
export const describeFailure = (error: unknown, advice = 'Try again.'): string =>
  error instanceof ApiError ? error.message : `The server does not respond. ${advice}`

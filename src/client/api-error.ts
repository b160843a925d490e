import type { ProblemDetails } from './bodies.ts'

/** Error that a method of the client throws for an error response of the server. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  /** Error code such as `not-found`: an entry of `/docs/errors`. undefined if the response is not from the API. */
  readonly code: string | undefined
  /** Problem details of the response (RFC 9457). Empty if the response has none. */
  readonly problem: Partial<ProblemDetails>
  readonly headers: Headers

  constructor(response: Response, problem: Partial<ProblemDetails>) {
    super(problem.detail ?? problem.title ?? `The server answered with status ${response.status} and no problem details.`)
    this.status = response.status
    this.code = problem.type?.split('#')[1]
    this.problem = problem
    this.headers = response.headers
  }
}

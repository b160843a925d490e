import { expect } from 'vitest'

/** A problem document (RFC 9457) as clients receive it. */
export interface ProblemBody {
  type: string
  title: string
  status: number
  detail: string
  request_id: string
  code?: string
  message?: string
  errors?: { pointer: string; detail: string }[]
}

/** Returns the problem document of a response. Fails if the status or the media type differs. */
export const problemOf = async (response: Response, status: number): Promise<ProblemBody> => {
  const problem = (await response.json()) as ProblemBody
  expect([response.status, problem.status, response.headers.get('Content-Type')], JSON.stringify(problem)).toEqual([
    status,
    status,
    'application/problem+json',
  ])
  return problem
}

/** Returns the pointers of the field errors of a 422 response. */
export const pointersOf = async (response: Response): Promise<string[]> =>
  (await problemOf(response, 422)).errors!.map(({ pointer }) => pointer)

import { expect } from 'vitest'

/** A problem as clients get it. */
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

/** The problem that a response carries, which must be of this status. */
export const problemOf = async (response: Response, status: number): Promise<ProblemBody> => {
  const problem = (await response.json()) as ProblemBody
  expect([response.status, problem.status, response.headers.get('Content-Type')], JSON.stringify(problem)).toEqual([
    status,
    status,
    'application/problem+json',
  ])
  return problem
}

/** Where a 422 says the content is wrong. */
export const pointersOf = async (response: Response): Promise<string[]> =>
  (await problemOf(response, 422)).errors!.map(({ pointer }) => pointer)

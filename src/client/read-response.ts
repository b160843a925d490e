import type { ProblemDetails } from './bodies.ts'

/** Reads the body: parsed JSON, text, or undefined for 204. */
export const readBody = async (response: Response): Promise<unknown> => {
  if (response.status === 204) return undefined
  return /[/+]json\b/.test(response.headers.get('Content-Type') ?? '') ? response.json() : response.text()
}

/** Reads the problem details of an error response. Returns an empty object for a body that is not a JSON object. */
export const readProblem = async (response: Response): Promise<Partial<ProblemDetails>> => {
  try {
    const problem = (await response.json()) as unknown
    return typeof problem === 'object' && problem !== null ? problem : {}
  } catch {
    return {}
  }
}

/** Returns the target of `rel="next"` in a Link header (RFC 8288). The API writes no comma into a target. */
export const findNextLink = (header: string): string | undefined => {
  const link = header.split(',').find((each) => each.includes('rel="next"'))
  return link?.slice(link.indexOf('<') + 1, link.indexOf('>'))
}

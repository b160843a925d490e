import type { z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { Problem } from '../errors.ts'
import type { Fault } from '../errors.ts'
import type { RequestContext } from '../middleware/context.ts'
import { LIMITS } from '../schemas/limits.ts'

/** A body may have so many bytes. */
export const BODY_BYTES = LIMITS.bodyBytes

/** Refuses a larger body, before it is read where its length is told. */
export const limitBody = bodyLimit({
  maxSize: BODY_BYTES,
  onError: () => {
    throw new Problem('content-too-large', `A body may have ${BODY_BYTES} bytes; send it in parts.`)
  },
})

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Reads a JSON body.
 * @param types media types that are read, the first of them named in the error
 * @param missing what a request without a body is taken to have sent, where it may go without
 * @throws Problem `unsupported-media-type` where the body is said to be something else, `malformed-request` where it is not what it is said to be
 */
export const readJson = async (c: RequestContext, types = ['application/json'], missing?: unknown): Promise<unknown> => {
  if (missing !== undefined && c.req.raw.body === null) return missing
  const [type, ...parameters] = (c.req.header('Content-Type') ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
  if (!types.includes(type!)) throw new Problem('unsupported-media-type', `Send the body as ${types[0]}, and say so in Content-Type.`)
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-8"?$/.test(charset)) throw new Problem('unsupported-media-type', 'JSON is sent in UTF-8.')
  if (!['', 'identity'].includes(c.req.header('Content-Encoding') ?? ''))
    throw new Problem('unsupported-media-type', 'Send the body as it is, without Content-Encoding.')
  const bytes = await c.req.arrayBuffer()
  try {
    return JSON.parse(decoder.decode(bytes)) as unknown
  } catch {
    throw new Problem('malformed-request', 'The body is not well-formed JSON in UTF-8.')
  }
}

/** A JSON pointer as a URI fragment (RFC 6901, section 6). */
export const pointerTo = (path: readonly PropertyKey[]): string =>
  '#' + path.map((part) => `/${encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

/** What a schema found wrong, one fault for each place. */
export const faultsOf = (error: z.ZodError, pointer: (path: readonly PropertyKey[]) => string = pointerTo): Fault[] =>
  error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ pointer: pointer([...issue.path, key]), detail: 'This member is not known here.' }))
      : [{ pointer: pointer(issue.path), detail: issue.message }],
  )

/** The problem of content that is well-formed and wrong. */
export const invalid = (faults: Fault[]): Problem =>
  new Problem('invalid-content', `${faults.length === 1 ? 'One thing is' : `${faults.length} things are`} not valid; errors says where.`, {
    faults,
  })

/**
 * The value as its schema describes it.
 * @throws Problem `invalid-content` with a pointer to everything that does not fit
 */
export const parse = <S extends z.ZodType>(schema: S, value: unknown): z.output<S> => {
  const result = schema.safeParse(value)
  if (!result.success) throw invalid(faultsOf(result.error))
  return result.data
}

/**
 * Refuses a body that names another resource than the path does.
 * @throws Problem `invalid-content`
 */
export const samePlace = (member: string, inBody: number | undefined, inPath: number): void => {
  if (inBody !== undefined && inBody !== inPath) throw invalid([{ pointer: `#/${member}`, detail: `The path says ${inPath}.` }])
}

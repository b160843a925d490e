import { ERRORS } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { LIMITS } from '../schemas/limits.ts'
import { CAUSES } from './causes.ts'

const INTRODUCTION = `# Errors

Every error is \`application/problem+json\` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): \`type\` leads to its entry on
this page, \`title\` is fixed, \`detail\` says what is wrong with this request, and \`request_id\` identifies the request in the
log. For invalid input, \`errors\` lists up to ${LIMITS.fieldErrors} places.

\`\`\`json
{
  "type": "https://…/docs/errors#invalid-content",
  "title": "Invalid content",
  "status": 422,
  "detail": "1 field is invalid; see \`errors\`.",
  "request_id": "0d5cf1f4-9d3b-4b57-a3a9-7bbf1d0b1c52",
  "errors": [
    {
      "pointer": "#/readings/3/time",
      "detail": "This looks like milliseconds; send seconds."
    }
  ]
}
\`\`\`
`

const renderError = (code: ErrorCode): string => {
  const { status, title } = ERRORS[code]
  const { causes, remedy } = CAUSES[code]
  const [first, ...others] = causes
  const heading = `## ${code}\n\n**${status} ${title}.**`
  return others.length > 0
    ? `${heading} One of:\n\n${causes.map(({ text }) => `- ${text}`).join('\n')}\n\n${remedy}\n`
    : `${heading} ${first!.text}\n\n${remedy}\n`
}

/** Renders the page of errors as Markdown. The `type` of every problem links to its entry. */
export const renderErrors = (): string => [INTRODUCTION, ...(Object.keys(ERRORS) as ErrorCode[]).map(renderError)].join('\n')

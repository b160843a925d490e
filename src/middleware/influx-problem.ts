import type { Problem } from '../errors.ts'

/** Error codes of InfluxDB 2 by status. https://docs.influxdata.com/influxdb/v2/api/ */
const CODES: Record<number, string> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  405: 'method not allowed',
  409: 'conflict',
  413: 'request too large',
  415: 'unsupported media type',
  422: 'unprocessable entity',
  429: 'too many requests',
  503: 'unavailable',
}
/** Maximum number of field errors in a message. */
const QUOTED = 3

/** Returns the error members that InfluxDB clients read and Telegraf logs, because they do not support problem details. */
export const describeForInflux = ({ message, fieldErrors = [] }: Problem, status: number): { code: string; message: string } => {
  const quoted = fieldErrors.slice(0, QUOTED).map(({ detail }) => detail)
  const more = fieldErrors.length > QUOTED ? [`And ${fieldErrors.length - QUOTED} more.`] : []
  return { code: CODES[status] ?? (status < 500 ? 'invalid' : 'internal error'), message: [message, ...quoted, ...more].join(' ') }
}

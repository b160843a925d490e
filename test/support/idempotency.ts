import { env } from 'cloudflare:workers'

/** A sprocket type whose diameter has a fraction that is not exact in binary. */
export const sprocket = { teeth: 7, pitch_diameter: 0.1 + 0.2, outside_diameter: 6, pitch: 1 }
export const withKey = (key: string) => ({ 'Idempotency-Key': key })
export const KEY = withKey('"8e03978e-40d5-43e8-bc93-6894a57f9324"')
export const contentOf = async (response: Response): Promise<{ status: number; body: string } & Record<string, unknown>> => ({
  status: response.status,
  body: await response.text(),
  ...Object.fromEntries(
    ['Location', 'ETag', 'Content-Type', 'x-d1-bookmark', 'Cache-Control', 'Preference-Applied'].map((name) => [
      name,
      response.headers.get(name),
    ]),
  ),
})
export const replayedHeader = (response: Response) => response.headers.get('Idempotent-Replayed')
/** The counters of the records of all keys. */
export const totals = async () => (await env.DB.prepare('select records, bytes from idempotency_totals').all()).results

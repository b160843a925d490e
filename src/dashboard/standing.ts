import { Refusal } from '../client.ts'
import { make, say } from './element.ts'
import type { Standing } from './live.ts'
import { ago, clock } from './words.ts'

/** The line that says how old what is shown is, and the warning where it is old. */
export const makeStanding = () => {
  const words = make('span')
  const element = make('p', { className: 'standing', role: 'status' }, words)
  return {
    element,
    show({ confirmedAt, old, offline, error }: Standing) {
      const asOf =
        confirmedAt === undefined
          ? 'Nothing could be read yet.'
          : `What you see is from ${clock(confirmedAt)}, ${ago((Date.now() - confirmedAt) / 1000)}.`
      const reason = offline ? 'Offline.' : error instanceof Refusal ? error.message : error && 'The server does not answer; trying again.'
      element.classList.toggle('warn', old || offline || error !== undefined)
      if (reason !== undefined) say(words, `⚠ ${reason} ${asOf}`)
      else if (old) say(words, `⚠ ${asOf}`)
      else say(words, confirmedAt === undefined ? 'Reading…' : 'Up to date')
      if (confirmedAt !== undefined) element.title = `Last checked ${clock(confirmedAt)}`
    },
  }
}

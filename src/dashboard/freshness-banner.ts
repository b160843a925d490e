import { Refusal } from '../client/client.ts'
import { make, say } from './dom.ts'
import type { Standing } from './poll.ts'
import { ago } from './format.ts'

/** Seconds between two updates of the age. */
const AGE_SECONDS = 1

/** The line that says when what is shown was checked, and the warning where that is long ago. Ages need no time zone. */
export const makeStanding = () => {
  // Only changes of state are read aloud; the age changes all the time.
  const words = make('span', { role: 'status' })
  const age = make('span', { className: 'age' })
  let checkedAt: number | undefined
  const showAge = () => {
    if (checkedAt === undefined) return
    const seconds = Math.max(0, (Date.now() - checkedAt) / 1000)
    say(age, `Checked ${seconds < 10 ? `${Math.floor(seconds)} s ago` : ago(seconds)}`)
  }
  setInterval(showAge, AGE_SECONDS * 1000)
  return {
    element: make('p', { className: 'standing' }, words, ' ', age),
    show({ confirmedAt, old, offline, error }: Standing) {
      const reason = offline ? 'Offline.' : error instanceof Refusal ? error.message : error && 'The server does not answer; trying again.'
      checkedAt = confirmedAt
      words.parentElement!.classList.toggle('warn', old || offline || error !== undefined)
      if (reason !== undefined) say(words, `⚠ ${reason}`)
      else if (old) say(words, '⚠ What you see is old.')
      else say(words, confirmedAt === undefined ? 'Reading…' : '')
      if (confirmedAt === undefined) say(age, reason === undefined ? '' : 'Nothing could be read yet.')
      showAge()
    },
  }
}

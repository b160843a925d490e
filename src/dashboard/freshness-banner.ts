import { ApiError } from '../client/client.ts'
import { h, setText } from './dom.ts'
import type { FreshnessState } from './poll.ts'
import { formatAgo } from './format.ts'

/** Seconds between two updates of the age. */
const AGE_SECONDS = 1

/** The line that says when what is shown was checked, and the warning where that is long ago. Ages need no time zone. */
export const createFreshnessBanner = () => {
  // Only changes of state are read aloud; the age changes all the time.
  const words = h('span', { role: 'status' })
  const age = h('span', { className: 'age' })
  let checkedAt: number | undefined
  const showAge = () => {
    if (checkedAt === undefined) return
    const seconds = Math.max(0, (Date.now() - checkedAt) / 1000)
    setText(age, `Checked ${seconds < 10 ? `${Math.floor(seconds)} s ago` : formatAgo(seconds)}`)
  }
  setInterval(showAge, AGE_SECONDS * 1000)
  return {
    element: h('p', { className: 'standing' }, words, ' ', age),
    show({ confirmedAt, old, offline, error }: FreshnessState) {
      const reason = offline ? 'Offline.' : error instanceof ApiError ? error.message : error && 'The server does not answer; trying again.'
      checkedAt = confirmedAt
      words.parentElement!.classList.toggle('warn', old || offline || error !== undefined)
      if (reason !== undefined) setText(words, `⚠ ${reason}`)
      else if (old) setText(words, '⚠ What you see is old.')
      else setText(words, confirmedAt === undefined ? 'Reading…' : '')
      if (confirmedAt === undefined) setText(age, reason === undefined ? '' : 'Nothing could be read yet.')
      showAge()
    },
  }
}

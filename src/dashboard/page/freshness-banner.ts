import { describeFailure } from '../api/describe-failure.ts'
import { h, setText } from '../elements/dom.ts'
import type { FreshnessState } from '../api/poll.ts'
import { formatAgo } from '../values/format.ts'
import { texts } from '../texts/page.ts'

/** Interval between updates of the age. */
const UPDATE_AGE_MS = 1_000

/** Creates the line that shows when the data was last checked, and a warning if it is old. It shows ages, which need no time zone. */
export const createFreshnessBanner = () => {
  // Screen readers announce the state, but not the age, which changes every second.
  const status = h('span', { role: 'status' })
  const age = h('span', { className: 'age' })
  let checkedAt: number | undefined
  const showAge = () => {
    if (checkedAt === undefined) return
    const seconds = Math.max(0, (Date.now() - checkedAt) / 1000)
    setText(age, texts.checked(formatAgo(seconds, true)))
  }
  setInterval(showAge, UPDATE_AGE_MS)
  return {
    element: h('p', { className: 'standing' }, status, ' ', age),
    show({ confirmedAt, old, offline, error }: FreshnessState) {
      const problem = offline ? texts.offline : error && describeFailure(error, texts.tryingAgain)
      checkedAt = confirmedAt
      status.parentElement!.classList.toggle('warn', old || offline || error !== undefined)
      if (problem !== undefined) setText(status, `⚠ ${problem}`)
      else if (old) setText(status, `⚠ ${texts.old}`)
      else setText(status, confirmedAt === undefined ? texts.loading : '')
      if (confirmedAt === undefined) setText(age, problem === undefined ? '' : texts.nothingLoaded)
      showAge()
    },
  }
}

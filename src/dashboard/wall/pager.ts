import { h, setText } from '../elements/dom.ts'

const TICK_MS = 1_000

/**
 * Turns pages after a number of seconds, and shows the page and the seconds that remain.
 * @param turn called with the next page
 */
export const createPager = (seconds: number, turn: () => void, signal: AbortSignal) => {
  const place = h('span')
  const bar = h('span', { className: 'fill' })
  const element = h('span', { className: 'pager', hidden: true }, place, h('span', { className: 'countdown', 'aria-hidden': 'true' }, bar))
  let [page, pages, remaining] = [0, 1, seconds]
  const show = () => {
    element.hidden = pages === 1
    setText(place, `${page + 1}/${pages} · ${remaining} s`)
    bar.style.width = `${(remaining / seconds) * 100}%`
  }
  const timer = setInterval(() => {
    if (pages === 1) return
    remaining -= 1
    if (remaining <= 0) {
      page = (page + 1) % pages
      remaining = seconds
      turn()
    }
    show()
  }, TICK_MS)
  signal.addEventListener('abort', () => clearInterval(timer))
  return {
    element,
    get page() {
      return page
    },
    setPages(count: number) {
      pages = count
      page = Math.min(page, count - 1)
      show()
    },
  }
}

import { h, setText } from '../elements/dom.ts'
import { locale } from '../texts/locale.ts'

const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
const zone = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' })

/** Creates a clock of the screen's time zone, which it names. */
export const createClock = (signal: AbortSignal): HTMLElement => {
  const [text, name] = [h('span'), h('span', { className: 'label' })]
  const show = () => {
    const now = new Date()
    setText(text, time.format(now))
    setText(name, zone.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? '')
  }
  show()
  const timer = setInterval(show, 1_000)
  signal.addEventListener('abort', () => clearInterval(timer))
  return h('span', { className: 'clock' }, text, ' ', name)
}

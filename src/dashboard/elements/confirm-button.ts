import { h, setText } from './dom.ts'
import { texts } from '../texts/forms.ts'

/** Creates a button that acts on the second press, so that an accidental press has no effect. `label` names the button for screen readers. */
export const createConfirmButton = (text: string, act: () => void, label = text): HTMLButtonElement => {
  const button = h('button', { type: 'button', className: 'quiet' })
  let isAsking = false
  const ask = (next: boolean) => {
    isAsking = next
    setText(button, next ? texts.pressAgain(text) : text)
    button.setAttribute('aria-label', next ? `${button.textContent}: ${label}` : label)
  }
  button.addEventListener('click', () => {
    ask(!isAsking)
    if (!isAsking) act()
  })
  button.addEventListener('blur', () => ask(false))
  ask(false)
  return button
}

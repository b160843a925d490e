import type { View } from './view-url.ts'

/** A view, made once and refreshed while it is shown. */
export interface Page {
  title: string
  /** Takes the focus when the view is come to. */
  heading: HTMLElement
  element: HTMLElement
  /** Asks for everything that is shown, and shows it. */
  refresh(signal: AbortSignal): Promise<void>
  /** Turns to another view of the same thing, if this is one; it is shown with the next refresh. */
  turn?(view: View): boolean
  /** Time has passed: "3 min ago" is "4 min ago" now. */
  tick(): void
  end(): void
}

import type { View } from './view-url.ts'

/** The page of a view. It is created once and refreshed while it is visible. */
export interface Page {
  title: string
  /** Gets the focus when the user navigates to the view. */
  heading: HTMLElement
  element: HTMLElement
  /** Requests all data of the page and shows it. */
  refresh(signal: AbortSignal): Promise<void>
  /** Changes to another view of the same resource and returns true, if possible. The next refresh shows it. */
  changeView?(view: View): boolean
  /** Updates relative times, such as "3 min ago". */
  updateTimes(): void
  end(): void
}

/** A view, made once and refreshed while it is shown. */
export interface Page {
  title: string
  /** Takes the focus when the view is come to. */
  heading: HTMLElement
  element: HTMLElement
  /** Asks for everything that is shown, and shows it. */
  refresh(signal: AbortSignal): Promise<void>
  /** Time has passed: "3 min ago" is "4 min ago" now. */
  tick(): void
  end(): void
}

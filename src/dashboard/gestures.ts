/** Looking closer and moving along, with a mouse, a touchpad, fingers or keys. What a gesture ends on is asked for. */

/** What a gesture moves: the stretch that a chart shows, in Unix seconds. */
export interface Lens {
  /** The stretch that is shown now; undefined where there is none. */
  shown(): [from: number, to: number] | undefined
  /** The part of the page that the stretch is drawn on. */
  area(): DOMRect
  /** Shows another stretch at once, of what is known already. */
  look(from: number, to: number): void
  /** The gesture is over, or rests. */
  rest(): void
  /** Back to the range that was chosen last. */
  reset(): void
}

/** Closer than a minute there is nothing to see. */
const NARROWEST_SECONDS = 60
const WIDEST_SECONDS = 30 * 365 * 86_400
/** Steps of a wheel or a key come in bursts; so long after the last of them it rests. */
const REST_MS = 250
/** A key moves by so much of the stretch, and zooms to so much of it. */
const KEY_STEP = 0.25
const KEY_ZOOM = 0.5
/** Of a wheel: a notch is some 100 px, a touchpad gives a few at a time. */
const ZOOM_PER_PX = 1 / 400
const LINE_PX = 16
/** A finger that moved less has tapped. */
const TAP_PX = 6

/** The stretch that is `zoom` times as wide and has `held` where it was. */
export const zoomed = ([from, to]: [number, number], zoom: number, held: number): [number, number] => {
  const width = Math.min(WIDEST_SECONDS, Math.max(NARROWEST_SECONDS, (to - from) * zoom))
  const start = held - ((held - from) * width) / (to - from)
  return [start, start + width]
}

/** Listens to a chart; ends with the signal. */
export const listenToGestures = (element: HTMLElement, lens: Lens, signal: AbortSignal): void => {
  let resting: ReturnType<typeof setTimeout> | undefined
  const restSoon = () => {
    clearTimeout(resting)
    resting = setTimeout(lens.rest, REST_MS)
  }
  signal.addEventListener('abort', () => clearTimeout(resting))

  const timeAt = (x: number, [from, to]: [number, number]) => {
    const { left, width } = lens.area()
    return from + ((x - left) / width) * (to - from)
  }
  const zoomAt = (zoom: number, x?: number) => {
    const shown = lens.shown()
    if (shown) lens.look(...zoomed(shown, zoom, x === undefined ? (shown[0] + shown[1]) / 2 : timeAt(x, shown)))
  }
  const moveBy = (share: number) => {
    const shown = lens.shown()
    if (!shown) return
    const by = share * (shown[1] - shown[0])
    lens.look(shown[0] + by, shown[1] + by)
  }

  // A wheel alone scrolls the page. A touchpad's pinch comes as a wheel with Ctrl.
  element.addEventListener(
    'wheel',
    (event) => {
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1
      const across = (event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX) * unit
      if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(event.deltaY * unit * ZOOM_PER_PX), event.clientX)
      else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY * unit)) moveBy(across / lens.area().width)
      else return
      event.preventDefault()
      restSoon()
    },
    { passive: false, signal },
  )

  element.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.shiftKey && event.key === 'ArrowLeft') moveBy(-KEY_STEP)
      else if (event.shiftKey && event.key === 'ArrowRight') moveBy(KEY_STEP)
      else if (event.key === '+' || event.key === '=') zoomAt(KEY_ZOOM)
      else if (event.key === '-') zoomAt(1 / KEY_ZOOM)
      else if (event.key === '0') {
        clearTimeout(resting)
        event.preventDefault()
        return lens.reset()
      } else return
      event.preventDefault()
      restSoon()
    },
    { signal },
  )

  /** Fingers, or a mouse with Shift or its middle button, and the time that each holds. */
  const held = new Map<number, { x: number; began: number; time: number }>()
  let moved = false
  const holdAnew = () => {
    const shown = lens.shown()
    if (shown) for (const each of held.values()) each.time = timeAt(each.x, shown)
  }
  /** Shows the stretch that has what is held under the pointers. */
  const follow = () => {
    const shown = lens.shown()
    if (!shown) return
    const { left, width } = lens.area()
    const [a, b] = [...held.values()].toSorted((one, other) => one.time - other.time)
    if (b === undefined) {
      const by = timeAt(a!.x, shown) - a!.time
      lens.look(shown[0] - by, shown[1] - by)
    } else if (Math.abs(b.x - a!.x) > 1) {
      const perPixel = Math.abs((b.time - a!.time) / (b.x - a!.x))
      const [from, to] = zoomed(shown, (perPixel * width) / (shown[1] - shown[0]), a!.time)
      const by = a!.time - (from + ((a!.x - left) / width) * (to - from))
      lens.look(from + by, to + by)
    }
  }

  const isPan = (event: MouseEvent) => event.button === 1 || (event.button === 0 && event.shiftKey)
  // The chart's own dragging, which zooms, is not to begin.
  element.addEventListener('mousedown', (event) => isPan(event) && event.stopPropagation(), { capture: true, signal })
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.pointerType === 'mouse' && !isPan(event)) return
      if (event.pointerType === 'mouse') event.preventDefault()
      if (held.size === 0) moved = false
      held.set(event.pointerId, { x: event.clientX, began: event.clientX, time: 0 })
      holdAnew()
      element.setPointerCapture(event.pointerId)
    },
    { signal },
  )
  element.addEventListener(
    'pointermove',
    (event) => {
      const mine = held.get(event.pointerId)
      if (!mine) return
      mine.x = event.clientX
      moved ||= held.size > 1 || Math.abs(mine.x - mine.began) > TAP_PX
      if (moved) follow()
    },
    { signal },
  )
  for (const name of ['pointerup', 'pointercancel'] as const)
    element.addEventListener(
      name,
      (event) => {
        if (!held.delete(event.pointerId)) return
        holdAnew()
        if (held.size === 0 && moved) lens.rest()
      },
      { signal },
    )
  element.addEventListener('dblclick', lens.reset, { signal })
}

/** Zooms and moves a chart with mouse, touchpad, fingers or keys. The data is requested when a gesture has ended. */

/** The visible interval of a chart, which gestures change. Times are Unix seconds. */
export interface Viewport {
  /** Returns the visible interval, or undefined if the chart is empty. */
  visible(): [from: number, to: number] | undefined
  /** Returns the rectangle of the page on which the interval is drawn. */
  area(): DOMRect
  /** Shows another interval at once, with the data that is loaded. */
  preview(from: number, to: number): void
  /** Called when a gesture has ended or pauses. Requests the data of the previewed interval. */
  commit(): void
  /** Returns to the range that was chosen by name last. */
  reset(): void
}

/** Minimum width of the interval. A chart of less than a minute shows nothing useful. */
const MIN_SECONDS = 60
const MAX_SECONDS = 30 * 365 * 86_400
/** Wheel and key events come in bursts. A gesture has ended if none follows within this time. */
const END_AFTER_MS = 250
/** Share of the interval by which a key moves, and to which it zooms. */
const KEY_STEP = 0.25
const KEY_ZOOM = 0.5
/** Zoom per pixel of a wheel. A notch is about 100 px; a touchpad sends a few px per event. */
const ZOOM_PER_PX = 1 / 400
const LINE_PX = 16
/** A finger that moves less than this taps. */
const TAP_PX = 6

/** Returns the interval that is `zoom` times as wide, and in which the time `fixed` keeps its relative position. */
export const zoomInterval = ([from, to]: [number, number], zoom: number, fixed: number): [number, number] => {
  const width = Math.min(MAX_SECONDS, Math.max(MIN_SECONDS, (to - from) * zoom))
  const start = fixed - ((fixed - from) * width) / (to - from)
  return [start, start + width]
}

/** Listens for gestures on a chart until the signal is aborted. */
export const listenToGestures = (element: HTMLElement, viewport: Viewport, signal: AbortSignal): void => {
  let commitTimer: ReturnType<typeof setTimeout> | undefined
  const commitSoon = () => {
    clearTimeout(commitTimer)
    commitTimer = setTimeout(viewport.commit, END_AFTER_MS)
  }
  signal.addEventListener('abort', () => clearTimeout(commitTimer))

  const timeAt = (x: number, [from, to]: [number, number]) => {
    const { left, width } = viewport.area()
    return from + ((x - left) / width) * (to - from)
  }
  const zoomAt = (zoom: number, x?: number) => {
    const visible = viewport.visible()
    if (visible) viewport.preview(...zoomInterval(visible, zoom, x === undefined ? (visible[0] + visible[1]) / 2 : timeAt(x, visible)))
  }
  const moveBy = (share: number) => {
    const visible = viewport.visible()
    if (!visible) return
    const by = share * (visible[1] - visible[0])
    viewport.preview(visible[0] + by, visible[1] + by)
  }

  // The wheel without Ctrl scrolls the page. Browsers report a pinch on a touchpad as wheel with Ctrl.
  element.addEventListener(
    'wheel',
    (event) => {
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1
      const horizontal = (event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX) * unit
      if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(event.deltaY * unit * ZOOM_PER_PX), event.clientX)
      else if (Math.abs(horizontal) > Math.abs(event.shiftKey ? 0 : event.deltaY * unit)) moveBy(horizontal / viewport.area().width)
      else return
      event.preventDefault()
      commitSoon()
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
        clearTimeout(commitTimer)
        event.preventDefault()
        return viewport.reset()
      } else return
      event.preventDefault()
      commitSoon()
    },
    { signal },
  )

  /** Pressed pointers: fingers, or a mouse with Shift or its middle button. Each keeps the time under it at its position. */
  const pointers = new Map<number, { x: number; startX: number; time: number }>()
  let moved = false
  const updateTimes = () => {
    const visible = viewport.visible()
    if (visible) for (const each of pointers.values()) each.time = timeAt(each.x, visible)
  }
  /** Previews the interval in which the time of each pointer is under the pointer. */
  const previewPointers = () => {
    const visible = viewport.visible()
    if (!visible) return
    const { left, width } = viewport.area()
    const [a, b] = [...pointers.values()].toSorted((one, other) => one.time - other.time)
    if (b === undefined) {
      const by = timeAt(a!.x, visible) - a!.time
      viewport.preview(visible[0] - by, visible[1] - by)
    } else if (Math.abs(b.x - a!.x) > 1) {
      const perPixel = Math.abs((b.time - a!.time) / (b.x - a!.x))
      const [from, to] = zoomInterval(visible, (perPixel * width) / (visible[1] - visible[0]), a!.time)
      const by = a!.time - (from + ((a!.x - left) / width) * (to - from))
      viewport.preview(from + by, to + by)
    }
  }

  const isPan = (event: MouseEvent) => event.button === 1 || (event.button === 0 && event.shiftKey)
  // Keeps uPlot from starting its own drag, which zooms.
  element.addEventListener('mousedown', (event) => isPan(event) && event.stopPropagation(), { capture: true, signal })
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.pointerType === 'mouse' && !isPan(event)) return
      if (event.pointerType === 'mouse') event.preventDefault()
      if (pointers.size === 0) moved = false
      pointers.set(event.pointerId, { x: event.clientX, startX: event.clientX, time: 0 })
      updateTimes()
      element.setPointerCapture(event.pointerId)
    },
    { signal },
  )
  element.addEventListener(
    'pointermove',
    (event) => {
      const pointer = pointers.get(event.pointerId)
      if (!pointer) return
      pointer.x = event.clientX
      moved ||= pointers.size > 1 || Math.abs(pointer.x - pointer.startX) > TAP_PX
      if (moved) previewPointers()
    },
    { signal },
  )
  for (const name of ['pointerup', 'pointercancel'] as const)
    element.addEventListener(
      name,
      (event) => {
        if (!pointers.delete(event.pointerId)) return
        updateTimes()
        if (pointers.size === 0 && moved) viewport.commit()
      },
      { signal },
    )
  element.addEventListener('dblclick', viewport.reset, { signal })
}

/**
 * Says whether a reader points at a table or uses it with the keyboard. Its rows then keep their order, so that no row moves away
 * under the pointer.
 * @param release called when the reader has left, and the order may change again
 */
export const createOrderHold = (table: HTMLElement, release: () => void) => {
  let isPointed = false
  table.addEventListener('pointerenter', ({ pointerType }) => (isPointed = pointerType === 'mouse'))
  table.addEventListener('pointerleave', () => {
    isPointed = false
    release()
  })
  table.addEventListener('focusout', ({ relatedTarget }) => {
    if (!table.contains(relatedTarget as Node | null)) release()
  })
  return () => isPointed || table.contains(document.activeElement)
}

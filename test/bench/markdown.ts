/** Renders a table. All columns but the first are aligned to the right. */
export const renderTable = (head: string[], rows: string[][]): string =>
  [head, head.map((_, column) => (column === 0 ? '---' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** Wraps a paragraph at the width of the guides, 100 characters. */
export const wrapParagraph = (text: string): string => text.replaceAll(/(.{1,100})(?: |$)/g, '$1\n').trimEnd()

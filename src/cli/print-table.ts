/** Rows as a table for people to read, in columns as wide as they must be. */
export const formatTable = (rows: Record<string, string | number | null>[]): string => {
  const names = Object.keys(rows[0] ?? {})
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? '-')))]
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A moment of the database, for people to read. */
export const dateOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().slice(0, 16).replace('T', ' '))

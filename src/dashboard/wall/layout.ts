/** The largest number of tiles on a screen. Their capitals are at least 25 mm high on a screen of 55 inches. */
export const MAX_TILES = 12

export interface WallLayout {
  columns: number
  rows: number
  /** The tiles on one page. */
  size: number
  pages: number
}

/** The smallest grids that hold up to this number of tiles on a screen that is wider than high. */
const GRIDS = [
  { upTo: 1, columns: 1, rows: 1 },
  { upTo: 2, columns: 2, rows: 1 },
  { upTo: 4, columns: 2, rows: 2 },
  { upTo: 6, columns: 3, rows: 2 },
  { upTo: 9, columns: 3, rows: 3 },
  { upTo: MAX_TILES, columns: 4, rows: 3 },
] as const

/** Divides tiles into pages of nearly equal size, and returns the grid of a page. */
export const layoutWall = (tiles: number): WallLayout => {
  const pages = Math.max(1, Math.ceil(tiles / MAX_TILES))
  const size = Math.max(1, Math.ceil(tiles / pages))
  const { columns, rows } = GRIDS.find(({ upTo }) => size <= upTo)!
  return { columns, rows, size, pages }
}

/** Readings in columns, as the API gives them. */
export interface Series {
  time: number[]
  sprocket_production_actual: (number | null)[]
  sprocket_production_goal: (number | null)[]
  /** Readings of each sum, and those with a goal; absent for readings. */
  readings?: number[] | undefined
  goal_readings?: number[] | undefined
}

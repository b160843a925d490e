/** A time interval, Unix seconds. */
export type Interval = [from: number, to: number]

/** A series in columns, as in a response of the API. */
export interface Series {
  time: number[]
  sprocket_production_actual: (number | null)[]
  sprocket_production_goal: (number | null)[]
  /** Number of readings in each sum, and of those with a goal. Undefined if the points are readings. */
  readings?: number[] | undefined
  goal_readings?: number[] | undefined
}

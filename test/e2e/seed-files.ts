/** Returns a factory of a seed file with these readings. */
export const series = (time: number[], actual: (number | null)[], goal: (number | null)[], scrap?: (number | null)[]) => ({
  chart_data: {
    time,
    sprocket_production_actual: actual,
    sprocket_production_goal: goal,
    ...(scrap && { sprocket_production_scrap: scrap }),
  },
})

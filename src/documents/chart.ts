import { CHART_READINGS } from '../queries/chart-columns.ts'
import { selectChart, selectFactory } from '../queries/factories.ts'
import { DEFAULT_RANGE, PRESET_RANGES, selectPresetRange, selectRange } from '../queries/ranges.ts'
import type { PresetRange, PresetRow, RangeRow } from '../queries/ranges.ts'
import { FORMATS, renderLast, renderPoints, toFields, toPage } from './chart-format.ts'
import { renderChartSvg } from './chart-svg.ts'
import { mediaTypeFor } from './csv.ts'
import { defineDocument, ENTITY_INTERVAL_MS } from './document.ts'
import { BY_FACTORY_AND_READINGS, BY_FACTORY_AND_READINGS_WITH_PARAMS } from './invalidation.ts'
import { renderChartPage } from './json.ts'
import type { ChartRow } from './json.ts'
import { oneOf, someOf } from './query-params.ts'
import { FIELD_NAMES } from '../schemas/reading-fields.ts'

/**
 * `last` is a preset range that ends with the newest reading. Without it, the chart shows the newest readings. `fields` are figures, in
 * the order of the columns: 15 lists of three fields.
 */
export const chartQuery = {
  fields: someOf(FIELD_NAMES),
  format: oneOf(FORMATS, 'columns'),
  last: oneOf(Object.keys(PRESET_RANGES) as PresetRange[]),
}

/** The newest readings, or a preset range. */
export const chartDocument = defineDocument<ChartRow | RangeRow | PresetRow, typeof chartQuery>({
  path: '/api/factory/{id}/chart-data',
  operationId: 'getChartData',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Readings',
  summary: 'Get the newest 500 readings or a range of the series',
  schemas: ({ idParam, rangeQuery, Chart, Csv }) => ({
    params: idParam,
    query: rangeQuery,
    responses: {
      200: {
        description: 'The points, ordered by time. `Link` leads to other pages, `X-Resolution` is the resolution of the points',
        schema: Chart,
        more: { 'text/csv': Csv },
        headers: { 'X-Resolution': 'always', Link: 'sometimes' },
      },
    },
  }),
  query: chartQuery,
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  mediaType: ({ format }) => mediaTypeFor(format),
  resolution: ({ last }) => (last === undefined ? 'raw' : PRESET_RANGES[last].resolution),
  // The preset range `day` reads single readings.
  isLarge: ({ last }) => last === 'day',
  read: (db, organisationPk, { id, last, format, fields }) => {
    if (last !== undefined) return selectPresetRange(db, organisationPk, id!, last)
    return format === undefined && fields === undefined
      ? selectChart(db, organisationPk, id!)
      : selectRange(db, organisationPk, id!, DEFAULT_RANGE)
  },
  render: ([row], { last, format, fields }) => {
    if (!row) return null
    if ('oldest' in row) return renderChartPage(row)
    const view = { format, fields: toFields(fields) }
    if (last !== undefined) return renderLast(row as PresetRow, last, view)
    // The row has one reading more than the page.
    const { points, before } = toPage(row, DEFAULT_RANGE, CHART_READINGS)
    return { text: renderPoints(points, 'raw', view), previousPageEnd: before }
  },
  // A new time zone changes hours and days.
  invalidatedBy: BY_FACTORY_AND_READINGS_WITH_PARAMS,
})

export const chartSvgDocument = defineDocument({
  path: '/api/factory/{id}/chart.svg',
  operationId: 'getChartSvg',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Readings',
  summary: 'Get the newest 500 readings as an SVG chart',
  schemas: ({ idParam, Picture }) => ({
    params: idParam,
    responses: {
      200: {
        description: 'An SVG chart that follows the light or dark mode of the viewer',
        schema: Picture,
        mediaType: 'image/svg+xml',
        headers: { 'Content-Security-Policy': 'always' },
      },
    },
  }),
  mediaType: () => 'image/svg+xml',
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  read: (db, organisationPk, { id }) => selectFactory(db, organisationPk, id!),
  render: ([row]) => (row ? renderChartSvg(row) : null),
  invalidatedBy: BY_FACTORY_AND_READINGS,
})

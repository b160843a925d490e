import { boundsOfLast, selectShifts, spanOfLast } from '../queries/shifts.ts'
import { DAY_SECONDS } from '../local-time/time-zones.ts'
import { LIST_FORMAT, mediaTypeFor } from './csv.ts'
import { defineDocument, ENTITY_INTERVAL_MS } from './document.ts'
import { BY_SHIFTS } from './invalidation.ts'
import { oneOf } from './query-params.ts'
import { listShifts, renderShifts } from './shift-json.ts'

/** The spans of the cached lists, in seconds up to the newest reading. */
export const SHIFT_SECONDS = { day: DAY_SECONDS, week: 7 * DAY_SECONDS, month: 30 * DAY_SECONDS }
type Preset = keyof typeof SHIFT_SECONDS

export const shiftsQuery = { format: LIST_FORMAT, last: oneOf(Object.keys(SHIFT_SECONDS) as Preset[], 'day') }

export const shiftsDocument = defineDocument({
  path: '/api/factory/{id}/shifts',
  operationId: 'listShifts',
  role: 'viewer',
  scope: 'factory',
  resource: 'factory',
  tag: 'Shifts',
  summary: 'List the shifts of the last day, of a date or of a range, with their production',
  schemas: ({ idParam, shiftsParams, Shifts, ListCsv }) => ({
    params: idParam,
    query: shiftsParams,
    responses: {
      200: { description: 'The shifts in order of time', schema: Shifts, more: { 'text/csv': ListCsv }, example: { shifts: [] } },
    },
  }),
  query: shiftsQuery,
  mediaType: ({ format }) => mediaTypeFor(format),
  minPutIntervalMs: ENTITY_INTERVAL_MS,
  // A shift that starts or ends within a quarter of an hour needs single readings.
  isLarge: () => true,
  read: (db, organisationPk, { id, last = 'day' }) => selectShifts(db, organisationPk, id!, boundsOfLast(SHIFT_SECONDS[last])),
  render: ([row], { last = 'day', format }) => {
    if (!row) return null
    return renderShifts(row.newest === null ? [] : listShifts(row, spanOfLast(row, SHIFT_SECONDS[last])), format)
  },
  invalidatedBy: BY_SHIFTS,
})

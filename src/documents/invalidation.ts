import type {
  FactoryChange,
  ReadingsChange,
  ScheduleChange,
  SprocketChange,
  StopAnnotationChange,
  StopReasonsChange,
} from '../db/domain-events.ts'
import type { DocumentPaths } from './document.ts'
import type { PathRange } from './path.ts'

/** Parts of `invalidatedBy` that several documents share. */

type Paths = Pick<DocumentPaths<undefined>, 'exact'>
type AnyPaths = Pick<DocumentPaths<undefined>, 'anyParams'>
type AnyIds = Pick<DocumentPaths<undefined>, 'anyId'>

export const NEVER = (): PathRange[] => []

const pathOfFactory = (event: FactoryChange, paths: Paths) => ('factory' in event ? [paths.exact({ id: event.factory })] : [])
const pathsOfReadings = (event: ReadingsChange, paths: Paths) => event.factories.map((id) => paths.exact({ id }))
const pathOfSchedule = (event: ScheduleChange, paths: Paths) => [paths.exact({ id: event.factory })]
const anyParamsOfFactory = <Event extends { factory: number }>({ factory }: Event, paths: AnyPaths) => [paths.anyParams({ id: factory })]
const pathOfDeletedFactory = (event: FactoryChange, paths: Paths) => (event.verb === 'deleted' ? pathOfFactory(event, paths) : [])
const pathOfSprocket = (event: SprocketChange, paths: Paths) => ('sprocket' in event ? [paths.exact({ id: event.sprocket })] : [])

const NOTHING = {
  factory: NEVER,
  schedule: NEVER,
  readings: NEVER,
  'stop-reasons': NEVER,
  'stop-annotation': NEVER,
  sprocket: NEVER,
  key: NEVER,
  organisation: NEVER,
}

/** Invalidates a document of one factory that shows its profile and its readings. */
export const BY_FACTORY_AND_READINGS = { ...NOTHING, factory: pathOfFactory, readings: pathsOfReadings }
/** Invalidates a document of one factory that shows its profile and its readings, with any query parameters. */
export const BY_FACTORY_AND_READINGS_WITH_PARAMS = {
  ...NOTHING,
  factory: (event: FactoryChange, paths: AnyPaths) => ('factory' in event ? anyParamsOfFactory(event, paths) : []),
  readings: (event: ReadingsChange, paths: AnyPaths) => event.factories.map((id) => paths.anyParams({ id })),
}
/** Invalidates a document of one factory that shows only its profile. */
export const BY_FACTORY = { ...NOTHING, factory: pathOfFactory }
/** Invalidates a document of one factory that shows only its readings. */
export const BY_READINGS = { ...NOTHING, factory: pathOfDeletedFactory, readings: pathsOfReadings }
/** Invalidates the schedule of a factory. */
export const BY_SCHEDULE = { ...NOTHING, factory: pathOfDeletedFactory, schedule: pathOfSchedule }
/** Invalidates the stop reasons of the organisation. */
export const BY_STOP_REASONS = { ...NOTHING, 'stop-reasons': (_: StopReasonsChange, paths: Paths) => [paths.exact({})] }
/** Invalidates an annotation of a stop. The event of a deleted factory does not name its annotations. */
export const BY_STOP_ANNOTATION = {
  ...NOTHING,
  factory: (event: FactoryChange, paths: AnyIds) => (event.verb === 'deleted' ? [paths.anyId()] : []),
  'stop-annotation': (event: StopAnnotationChange, paths: Paths) => ('annotation' in event ? [paths.exact({ id: event.annotation })] : []),
}
/** Invalidates a document of one factory that shows its shifts and their stops, with any query parameters. */
export const BY_SHIFTS = {
  ...BY_FACTORY_AND_READINGS_WITH_PARAMS,
  schedule: anyParamsOfFactory,
  'stop-annotation': anyParamsOfFactory,
}
/** Invalidates a document of one sprocket type. */
export const BY_SPROCKET = { ...NOTHING, sprocket: pathOfSprocket }

/**
 * The event of a mutation. The audit entry and the invalidation are both derived from it, so a mutation without an event does
 * not compile. Every document handles every subject (documents/registry.ts).
 */
export type DomainEvent =
  | FactoryChange
  | ScheduleChange
  | ReadingsChange
  | StopReasonsChange
  | StopAnnotationChange
  | SprocketChange
  | KeyChange
  | OrganisationChange

/** A factory was created, changed its name, time zone or settings, or was deleted. A created factory gets its id inside the batch. */
export type FactoryChange = { subject: 'factory'; verb: 'created' } | { subject: 'factory'; verb: 'updated' | 'deleted'; factory: number }

/** The schedule of a factory was replaced. */
export interface ScheduleChange {
  subject: 'schedule'
  verb: 'replaced'
  factory: number
}

/**
 * Readings of one or more factories changed. The audit log says 'corrected' instead of 'appended' if a figure was overwritten.
 * Of 'trimmed' readings only the sums remain.
 */
export interface ReadingsChange {
  subject: 'readings'
  verb: 'appended' | 'corrected' | 'replaced' | 'removed' | 'trimmed'
  factories: number[]
}

/** The stop reasons of the organisation were replaced. */
export interface StopReasonsChange {
  subject: 'stop-reasons'
  verb: 'replaced'
}

/** An annotation of a stop changed. A created annotation gets its id inside the batch. */
export type StopAnnotationChange =
  | { subject: 'stop-annotation'; verb: 'created'; factory: number }
  | { subject: 'stop-annotation'; verb: 'updated' | 'deleted'; factory: number; annotation: number }

/** A sprocket type of the catalogue changed. */
export type SprocketChange =
  | { subject: 'sprocket'; verb: 'created' }
  | { subject: 'sprocket'; verb: 'updated' | 'deleted'; sprocket: number }

/** An API key changed. The key that replaces a rotated key gets its id inside the batch. */
export type KeyChange = { subject: 'key'; verb: 'created' } | { subject: 'key'; verb: 'updated' | 'rotated' | 'revoked'; key: number }

/** The organisation was created, renamed or deleted. */
export interface OrganisationChange {
  subject: 'organisation'
  verb: 'created' | 'updated' | 'deleted'
}

export type Subject = DomainEvent['subject']

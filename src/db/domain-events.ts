/**
 * What can happen. A write yields one Change, and the same object is the audit entry and the event that makes copies stale:
 * `commit` takes nothing without one, and every document answers every subject (cache/documents.ts).
 */
export type DomainEvent = FactoryChange | ReadingsChange | SprocketChange | KeyChange | OrganisationChange

/** A factory came, changed its name or time zone, or went. A created one gets its id inside the batch. */
export type FactoryChange = { subject: 'factory'; verb: 'created' } | { subject: 'factory'; verb: 'updated' | 'deleted'; factory: number }

/** Readings of one or more factories. 'appended' becomes 'corrected' in the log where it overwrote a figure; 'trimmed' ones live on in sums. */
export interface ReadingsChange {
  subject: 'readings'
  verb: 'appended' | 'corrected' | 'replaced' | 'removed' | 'trimmed'
  factories: number[]
}

/** A sprocket type of the catalogue. */
export type SprocketChange =
  | { subject: 'sprocket'; verb: 'created' }
  | { subject: 'sprocket'; verb: 'updated' | 'deleted'; sprocket: number }

/** An API key. A rotated one makes way for another, whose id it gets inside the batch. */
export type KeyChange = { subject: 'key'; verb: 'created' } | { subject: 'key'; verb: 'updated' | 'rotated' | 'revoked'; key: number }

/** The organisation itself: its name, or its end. */
export interface OrganisationChange {
  subject: 'organisation'
  verb: 'created' | 'updated' | 'deleted'
}

export type Subject = DomainEvent['subject']

import fc from 'fast-check'
import { afterAll } from 'vitest'
import { drainAll } from './background-work.ts'

// Runs before each test file.

// Property tests choose the same values in each run, so that a run covers the same branches as the one before. Another seed tries others.
fc.configureGlobal({ seed: 1 })

// Work that outlives its file would fail or write into the storage of the next one.
afterAll(drainAll)

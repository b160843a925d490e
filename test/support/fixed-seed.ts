import fc from 'fast-check'

// Property tests choose the same values in each run, so that a run covers the same branches as the one before. Another seed tries others.
fc.configureGlobal({ seed: 1 })

import type { EquivalentMutants } from '../equivalents.ts'

export const auth: EquivalentMutants = {
  'auth/identity-cache.ts': [
    { line: "!hasPlace(isolate, 'lookup', 1)", from: '1', to: ['0', '2'], reason: 'Each number up to LIGHT_ROWS means a light query.' },
  ],
}

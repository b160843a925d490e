import { defineConfig } from 'drizzle-kit'

/** `npm run migration` compares the schema in src/db with the last snapshot here and writes the next migration. */
export default defineConfig({ dialect: 'sqlite', driver: 'd1-http', schema: 'src/db/*schema.ts', out: 'drizzle' })

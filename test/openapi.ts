import { createConfig, lintFromString } from '@redocly/openapi-core'
import { readCommandLine } from '../src/cli/options.ts'
import { renderContract } from '../src/docs/contract.ts'

/**
 * Checks the OpenAPI document against Redocly's recommended rules, warnings included. It uses the library, because the
 * command line tool includes a server and sends requests.
 */
await readCommandLine({ command: 'npm run lint', usage: '(no options)', options: {} })
const config = await createConfig({ extends: ['recommended'] })
const problems = await lintFromString({ source: renderContract(), absoluteRef: 'openapi.json', config })
for (const { severity, ruleId, message, location } of problems)
  console.error(`${severity} ${ruleId}: ${message} (${location[0]?.pointer ?? 'no pointer'})`)
if (problems.length > 0) process.exitCode = 1

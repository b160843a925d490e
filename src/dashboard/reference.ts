import { GROUPED_CLIENTS } from '@scalar/types/snippetz'
import { readKey } from './browser/key-storage.ts'

/** The part of Scalar that the page uses. Its bundle is a script of the page. */
declare const Scalar: { createApiReference: (selector: string, configuration: object) => void }

/** The clients whose examples the page shows, one for each language. */
const CLIENTS = { shell: 'curl', js: 'fetch', python: 'requests', csharp: 'httpclient', java: 'nethttp', go: 'native' }
const shown = new Map<string, string>(Object.entries(CLIENTS))

/** The other clients of Scalar, by language. */
const hiddenClients = Object.fromEntries(
  Object.entries(GROUPED_CLIENTS).map(([language, clients]) => [
    language,
    shown.has(language) ? clients.filter((client) => client !== shown.get(language)) : true,
  ]),
)

interface Operation {
  operationId: string
  tags: string[]
}

/** The document is in the cache of the browser, where Scalar finds it again. */
const { paths } = (await (await fetch('/openapi.json')).json()) as { paths: Record<string, Record<string, Operation>> }

// Earlier releases addressed an operation by its id alone.
const linked = Object.values(paths)
  .flatMap((methods) => Object.values(methods))
  .find(({ operationId }) => location.hash === `#${operationId}`)
if (linked) history.replaceState(null, '', `#tag/${linked.tags[0]!.toLowerCase()}/${linked.operationId}`)

/** Sends a request. Scalar sends an empty key if none is entered; the API would refuse it, but serves requests without a key. */
const send = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const request = new Request(input, init)
  if (request.headers.get('Authorization') === 'Bearer') request.headers.delete('Authorization')
  return fetch(request)
}

Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  // Requests go to this origin, without a proxy.
  servers: [{ url: location.origin }],
  authentication: { preferredSecurityScheme: 'key', securitySchemes: { key: { token: readKey() ?? '' } } },
  customFetch: send,
  featuredClients: [...shown].map((client) => client.join('/')),
  hiddenClients,
  defaultHttpClient: { targetKey: 'shell', clientKey: CLIENTS.shell },
  generateOperationSlug: ({ operationId }: Operation) => operationId,
  modelsSectionLabel: 'Schemas',
  documentDownloadType: 'json',
  // The page sends no request to another origin: no telemetry, fonts, chat or hosted client.
  telemetry: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
})

/**
 * Scopes of routes, for keys that are limited to some factories:
 *   factory       the factory in the path; a factory outside the scope of the key is not found
 *   key           all factories in the scope of the key: the handler uses only `identity.factories`
 *   catalogue     data of the organisation that belongs to no factory and that every key may read
 *   organisation  the whole organisation, or data shared by all factories; a limited key is rejected
 *   public        no data of an organisation: open routes
 */
export const SCOPES = ['factory', 'key', 'catalogue', 'organisation', 'public'] as const
export type Scope = (typeof SCOPES)[number]

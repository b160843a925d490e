/** The part of pako that unpacks. The package exports it on its own, though without types; its class is the same. */
declare module 'pako/browser/inflate' {
  export { Inflate } from 'pako'
}

/** The decompression part of pako. The package exports it separately, but without types. */
declare module 'pako/browser/inflate' {
  export { Inflate } from 'pako'
}

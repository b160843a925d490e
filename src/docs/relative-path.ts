import { relative } from 'node:path'

/** Returns the path of a file in a directory with slashes, as in the address that serves it. `relative` writes backslashes on Windows. */
export const relativePath = (directory: string, file: string): string => relative(directory, file).replaceAll('\\', '/')

import { expect, test } from 'vitest'
import { relativePath } from '../../../src/docs/relative-path.ts'

// Promise: the build names its files as the addresses do, also on Windows.

test('relativePath writes slashes for the backslashes of Windows', () => {
  expect(relativePath('/dist', '/dist/assets/style.css')).toBe('assets/style.css')
  expect(relativePath('/dist', '/dist/docs\\use\\client.html')).toBe('docs/use/client.html')
})

import type { Schema } from './schemas.ts'

/** Returns the example of a schema or of the component that it references. */
export const findExample = (schemas: Record<string, Schema>, schema: Schema | undefined): unknown => {
  if (schema?.$ref !== undefined) return findExample(schemas, schemas[schema.$ref.split('/').at(-1)!])
  const choices = schema?.oneOf ?? schema?.anyOf
  return schema?.example ?? (choices && findExample(schemas, choices[0]))
}

/** Formats JSON with indentation. Lists of numbers stay on one line. */
export const formatJson = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : JSON.stringify(value, null, 2).replaceAll(/\[[\d\s,.a-z-]+\]/g, (list) =>
        list.replaceAll(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']'),
      )

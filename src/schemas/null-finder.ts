import type { z } from 'zod'

/** A schema with its definition, which zod's types of inner schemas leave out. */
interface Defined {
  def: z.core.$ZodTypes['_zod']['def']
}

/** Returns the schemas of a member or an item of a value. Schemas that wrap or combine others are opened. */
const listInner = (schema: z.core.$ZodType, segment: PropertyKey): z.core.$ZodType[] => {
  const { def } = schema as unknown as Defined
  switch (def.type) {
    case 'object': {
      const inner = def.shape[String(segment)]
      return inner ? [inner] : []
    }
    case 'array':
      return [def.element]
    case 'union':
      return def.options.flatMap((option) => listInner(option, segment))
    case 'pipe':
      return listInner(def.in, segment)
    case 'optional':
    case 'nullable':
    case 'default':
      return listInner(def.innerType, segment)
    default:
      return []
  }
}

const findIfNull = (schema: z.ZodType, path: readonly PropertyKey[]): boolean =>
  path
    .reduce<z.core.$ZodType[]>((schemas, segment) => schemas.flatMap((each) => listInner(each, segment)), [schema])
    .some((each) => (each as z.ZodType).safeParse(null).success)

/** Returns a function that tells if null is a valid value at a path of a schema. All items of an array have the same schema. */
export const nullFinder = (schema: z.ZodType): ((path: readonly PropertyKey[]) => boolean) => {
  const found = new Map<string, boolean>()
  return (path) => {
    const name = path.map((segment) => (typeof segment === 'number' ? '' : String(segment))).join('/')
    return found.get(name) ?? found.set(name, findIfNull(schema, path)).get(name)!
  }
}

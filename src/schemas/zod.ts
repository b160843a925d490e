import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'

extendZodWithOpenApi(z)

/** zod, with the method `openapi` that describes a schema in the OpenAPI document. */
export { z }

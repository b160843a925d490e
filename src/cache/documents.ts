import { FACTORIES_PAGE } from '../queries/factories.ts'
import { SPROCKETS_PAGE } from '../queries/sprockets.ts'

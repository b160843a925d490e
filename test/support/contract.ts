import type { App } from '../../src/middleware/context.ts'

export const checkContract = async (_app: App, _method: string, _path: string, _response: Response): Promise<void> => {}

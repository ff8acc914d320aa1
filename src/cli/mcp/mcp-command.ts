import type { Run } from '../command.js'

export const mcpCommand: Run = async () => 2

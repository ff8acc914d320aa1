import type { Run } from '../command.js'

export const inspectCommand: Run = async () => 2

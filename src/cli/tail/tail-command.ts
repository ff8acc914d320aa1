import type { Run } from '../command.js'

export const tailCommand: Run = async () => 2

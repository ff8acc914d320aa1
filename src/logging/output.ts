import type { Formatter } from './entry.js'
import type { LineBuffer } from './line-buffer.js'

/** One place a logger's lines go to, and how they look there. */
export interface Output {
  readonly format: Formatter
  readonly lines: LineBuffer
  readonly isConsole: boolean
}

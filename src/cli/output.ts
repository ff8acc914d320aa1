import { fstatSync, writeSync } from 'node:fs'
import { hasColours, type Paint, painted, unpainted } from '../logging/formatters/pretty/colours.js'

/** Where a command writes. */
export interface Output {
  /** Writes lines to the standard output. */
  print(...lines: readonly string[]): void
  /** Writes a line to the standard error. */
  say(line: string): void
  /** Replaces the row of the last note at the terminal; an empty text removes it. */
  note(text: string): void
  readonly paint: Paint
  readonly isTerminal: boolean
  /** The width of the terminal; undefined if the output is not a terminal, or does not say. */
  columns(): number | undefined
}

/** Thrown when the reader of the output is gone, as after `| head`: the command ends without a word. */
export class OutputClosed extends Error {}

/** The outputs of this process. Colours are on only at a terminal; `NO_COLOR` and `TERM=dumb` switch them off. */
export function processOutput(env: NodeJS.ProcessEnv = process.env): Output {
  const isTerminal = isCharacterDevice(1) && process.getBuiltinModule('node:tty').isatty(1)
  return {
    // The stream `process.stdout` takes 3 ms to make.
    print: (...lines) => write(1, lines.map((line) => `${line}\n`).join('')),
    say: (line) => write(2, `${line}\n`),
    note: (text) => {
      if (process.getBuiltinModule('node:tty').isatty(2)) write(2, `\r\u001b[K${text}`)
    },
    paint: hasColours(isTerminal, env) ? painted : unpainted,
    isTerminal,
    columns: () => (isTerminal ? process.stdout.columns || undefined : undefined),
  }
}

// Node takes 4 ms to load `node:tty` and the stream `process.stdout`. A file or a pipe needs neither.
function isCharacterDevice(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice()
  } catch {
    return false
  }
}

function write(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Windows says EOF.
      if (code === 'EPIPE' || code === 'EOF') throw new OutputClosed()
      if (code !== 'EAGAIN') throw error
      // The pipe is full. Another program made it non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One log line, taken back from its file. */
export interface Line {
  /** The file it stood in. */
  readonly file: string
  readonly level: string
  readonly message: string
  readonly logger?: string
  readonly requestId?: string
  readonly parentId?: string
  readonly account?: string
  readonly [field: string]: unknown
}

/** Every line in the files of `directory`. @throws for one that is torn or of no known format */
export function linesIn(directory: string): Line[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory).flatMap((file) =>
    readFileSync(join(directory, file), 'utf8')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => ({ file, ...parsed(text) })),
  )
}

type Parsed = Omit<Line, 'file'> & { level: string; message: string }

function parsed(text: string): Parsed {
  if (text.startsWith('{')) return JSON.parse(text) as Parsed
  const [, level = '', rest = ''] = /^\[[^\]]+\] \[([A-Z]+)\] (.*)$/.exec(text) ?? []
  // The last ` {` from which the rest parses is where the fields begin (DESIGN.md).
  for (let at = rest.lastIndexOf(' {'); at >= 0; at = rest.lastIndexOf(' {', at - 1)) {
    const fields = objectIn(rest.slice(at + 1))
    if (fields !== undefined) return { level: level.toLowerCase(), message: rest.slice(0, at), ...fields }
  }
  throw new Error(`no line: ${text.slice(0, 200)}`)
}

function objectIn(text: string): object | undefined {
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}

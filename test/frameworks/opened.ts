import { createSpoor, defineLogs, type Logs, type Spoor, type SpoorOptions } from 'spoor'
import { expect, onTestFinished, vi } from 'vitest'
import { type Line, linesIn } from '../conformance/lines.js'
import { temporaryFolder } from '../programs/folder.js'

/** A Spoor for the test of an adapter, with the lines that it wrote. */
export interface Opened {
  readonly spoor: Spoor
  readonly logs: Logs<never>
  /** All lines so far. */
  lines(): Promise<Line[]>
  /** The request lines, after Spoor has closed. */
  requestLines(): Promise<Line[]>
  /** The one request line of an id. */
  requestLine(id: string | null): Promise<Line>
  /** The warnings of the root logger. */
  warnings(): Promise<string[]>
}

/** Opens a Spoor for one test, which closes it. The root logger writes lines of all levels. */
export function opened(options: Partial<SpoorOptions<never>> = {}): Opened {
  const directory = temporaryFolder()
  const logs = defineLogs({
    directory,
    root: { console: false, file: 'root.log', level: 'trace' },
    loggers: { requests: { console: false } },
  }) as Logs<never>
  const spoor = createSpoor({ service: 'test', logs, ...options })
  onTestFinished(async () => {
    await spoor.close()
    await logs.close()
  })
  const lines = async (): Promise<Line[]> => {
    await logs.flush()
    return linesIn(directory)
  }
  return {
    spoor,
    logs,
    lines,
    requestLines: async () => {
      await spoor.close()
      return (await lines()).filter(({ file }) => file === 'requests.jsonl')
    },
    requestLine: (id) =>
      vi.waitFor(
        async () => {
          const own = (await lines()).filter((line) => line['kind'] === 'request' && line.requestId === id)
          expect(own).toHaveLength(1)
          return own[0] as Line
        },
        { timeout: 20_000, interval: 10 },
      ),
    warnings: async () => (await lines()).filter(({ level }) => level === 'warn').map(({ message }) => message),
  }
}

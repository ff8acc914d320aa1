// What a person finds who has an id and the log files of the example.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Line, parseLine } from '../../examples/publisher/testing/publisher.js'

/** The lines of all log files in a folder that have one of these texts, file by file; throws if there are none. */
export async function grep(directory: string, ...texts: string[]): Promise<Line[]> {
  const patterns = texts.flatMap((text) => ['-e', text])
  const { stdout } = await promisify(execFile)('grep', ['-rhF', ...patterns, directory])
  return stdout.split('\n').filter(Boolean).map(parseLine)
}

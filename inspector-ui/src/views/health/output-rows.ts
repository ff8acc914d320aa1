import type { Health, LogFileHealth } from '../../protocol.js'

type Output = Health['outputs'][number]

/** A place that log lines go to, with what is known of its file. */
export interface OutputRow {
  readonly name: string
  readonly output: Output | undefined
  readonly file: LogFileHealth | undefined
}

/** Joins the state of outputs with the sizes of their files; what fails or lost lines is first. */
export function outputRows(outputs: readonly Output[], files: readonly LogFileHealth[]): readonly OutputRow[] {
  const byName = new Map(files.map((file) => [file.file, file]))
  const rows: OutputRow[] = outputs.map((output) => ({
    name: output.output,
    output,
    file: byName.get(output.output),
  }))
  const written = new Set(outputs.map(({ output }) => output))
  const others = files
    .filter(({ file }) => !written.has(file))
    .map((file) => ({ name: file.file, output: undefined, file }))
  return [...rows, ...others].sort((one, other) => rank(other) - rank(one))
}

function rank({ output }: OutputRow): number {
  if (output?.error !== undefined) return 2
  return (output?.lostLines ?? 0) > 0 ? 1 : 0
}

/** The sum of all log files in bytes. */
export function sumOfFiles(files: readonly LogFileHealth[]): number {
  return files.reduce((sum, { bytes }) => sum + (Number.isFinite(bytes) ? bytes : 0), 0)
}

// Runs programs in a real terminal: `script` of util-linux gives them a pseudo terminal.
import { spawn, spawnSync } from 'node:child_process'
import { type Outcome, outcomeOf, writeProgram } from './program.js'

/** Whether programs can run in a terminal here: the options are those of util-linux. */
export const hasTerminal: boolean =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false

export interface TerminalOptions {
  readonly columns: number
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What the shell does with the streams of the program, as `2>/dev/null`. */
  readonly streams?: string
}

/** Runs a program in a terminal to its end. What the terminal shows is `stdout`, with line feeds for newlines. */
export async function runInTerminal(
  source: string,
  { columns, env = {}, streams = '' }: TerminalOptions,
): Promise<Outcome> {
  const command = `stty cols ${columns} rows 50; exec "$NODE" "$PROGRAM" ${streams}`
  const own = {
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
    SPOOR_FILES: undefined,
    NODE_OPTIONS: undefined,
    TERM: 'xterm',
  }
  const child = spawn('script', ['-q', '-e', '-c', command, '/dev/null'], {
    env: { ...process.env, ...own, SHELL: '/bin/sh', NODE: process.execPath, PROGRAM: writeProgram(source), ...env },
    stdio: 'pipe',
  })
  const outcome = await outcomeOf(child)
  return { ...outcome, stdout: outcome.stdout.replaceAll('\r\n', '\n') }
}

/** The rows of a terminal, without colours. */
export function rowsOf(shown: string): string[] {
  return shown
    .replaceAll(/\u001b\[[\d;]*m/g, '')
    .split('\n')
    .slice(0, -1)
}

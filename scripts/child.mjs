// Child processes as the scripts need them: the result is a value, and a failing command does not throw.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs a command in the project's folder to its end.
 * `show: false` keeps its output and gives it back, `show: true` lets it write to ours.
 * After `limitMs` it is ended, as failed.
 */
export function run(command, args, { show = false, env = process.env, limitMs = 20 * 60_000, ...options } = {}) {
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio, timeout: limitMs, killSignal: 'SIGKILL', ...options })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.on('error', (error) => resolve({ ok: false, code: undefined, stdout, stderr: `${stderr}${error.message}\n` }))
    child.on('close', (code, signal) => {
      const end = signal ? `ended by ${signal}\n` : ''
      resolve({ ok: code === 0, code: code ?? undefined, stdout, stderr: stderr + end })
    })
  })
}

/** Runs a program of one of our npm packages (`typescript/bin/tsc`) with the Node that runs us. */
export function runTool(path, args, options) {
  return run(process.execPath, [`node_modules/${path}`, ...args], options)
}

/** Runs npm: the one that started us, so that `npm` need not be on the PATH. */
export function runNpm(args, options) {
  const own = process.env.npm_execpath
  if (own?.endsWith('npm-cli.js')) return run(process.execPath, [own, ...args], options)
  return run('npm', args, { ...options, shell: process.platform === 'win32' })
}

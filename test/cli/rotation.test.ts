// `spoor find` while other processes write and rotate the files, compared with grep.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { groupsBelow } from '../../src/reading/files/log-groups.js'
import { build, objects, spoor } from './command-line.js'

const program = join(import.meta.dirname, 'rotating-writer.mjs')
const waiting = { timeout: 60_000, interval: 20 }
let directory: string

beforeAll(() => {
  build()
  directory = mkdtempSync(join(tmpdir(), 'spoor-rotation-'))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

interface Writer {
  /** The ids of jobs that are over, oldest first. */
  readonly ids: string[]
  stop(): Promise<void>
}

function writer(): Writer {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [program, directory], { stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  let rest = ''
  const ids: string[] = []
  child.stdout.on('data', (part) => {
    const rows = (rest + part).split('\n')
    rest = rows.pop() ?? ''
    ids.push(...rows)
  })
  return {
    ids,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await ended
    },
  }
}

/** The lines with an id in all files, as grep finds them. */
function grep(id: string): string[] {
  const out = execFileSync('grep', ['-rhF', '--include=*.log*', '--include=*.jsonl*', id, directory], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return out.split('\n').filter((row) => row !== '')
}

/** How many lines a job of the program writes, with its request line. */
const linesOfJob = 8

test('finds each line of jobs that are over while two processes write and rotate', { timeout: 240_000 }, async () => {
  const writers = [writer(), writer()]
  const found = new Map<string, Record<string, unknown>[]>()
  let wrongListings = 0
  for (let n = 0; n < 20; n++) {
    const { ids } = writers[n % 2] as Writer
    const before = ids.length
    await vi.waitUntil(() => ids.length > before, waiting)
    const id = ids.at(-1) as string
    // All of its lines are in the files. A rotation may hide a file from grep for a moment.
    await vi.waitUntil(() => {
      try {
        return grep(id).length === linesOfJob
      } catch {
        return false
      }
    }, waiting)
    const options = [['--json'], ['--json', '--quick'], ['--json', '--jobs']][n % 3] as string[]
    const { code, out, err } = await spoor(['find', id, ...options, '--dir', directory])
    expect([code, err]).toEqual([0, ''])
    found.set(id, objects(out))
  }
  // No file is ever removed, so a listing has all files of the listings before.
  const known = new Set<string>()
  for (let n = 0; n < 200; n++) {
    const listed = new Set(groupsBelow(directory).flatMap(({ files }) => files.map(({ identity }) => identity)))
    if ([...known].some((identity) => !listed.has(identity))) wrongListings++
    for (const identity of listed) known.add(identity)
  }
  await Promise.all(writers.map(({ stop }) => stop()))
  // How many depends on the machine.
  expect(readdirSync(directory).length).toBeGreaterThan(20)
  for (const [id, all] of found) {
    const texts = all.filter(({ kind }) => kind === 'line').map(({ fields }) => (fields as { n: number }).n)
    expect([id, [...texts].sort()]).toEqual([id, [0, 1, 2, 3, 4, 5, 6]])
    expect(all.filter(({ kind }) => kind === 'job')).toHaveLength(1)
    expect(all.at(-1)).toMatchObject({ kind: 'end', lines: 7, vanished: [] })
  }
  expect(wrongListings).toBe(0)
})

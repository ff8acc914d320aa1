import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { self } from '../../logging/handlers/process-identity.js'
import { OpenBatch } from './line-batch.js'
import { type Spilled, SpillFiles } from './spill-files.js'

function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'spoor-spill-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function batchOf(...lines: string[]): OpenBatch {
  const batch = new OpenBatch()
  for (const line of lines) batch.add(Buffer.from(`${line}\n`), 1)
  return batch
}

test('files give back the lines of each batch, the oldest first', () => {
  const dir = temporaryFolder()
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''))
  fc.assert(
    fc.property(fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), (batches) => {
      const files = new SpillFiles(dir, 2 ** 20, 'logs')
      for (const lines of batches) expect(files.add(batchOf(...lines))).toBe(true)
      expect(files.lines).toBe(batches.flat().length)
      const read: string[][] = []
      for (let first = files.first; first !== undefined; first = files.first) {
        const batch = files.read(first)
        expect(batch).toMatchObject({ id: first.id, isUnsure: true, count: first.count })
        read.push(
          Buffer.concat(batch?.pieces ?? [])
            .toString()
            .split('\n')
            .slice(0, -1),
        )
        files.remove(first)
      }
      expect(read).toEqual(batches.map((lines) => lines.map((text) => Buffer.from(text).toString())))
      expect([files.bytes, files.lines, readdirSync(dir)]).toEqual([0, 0, []])
    }),
    { numRuns: 30 },
  )
})

test('files take no more than their bound', () => {
  const files = new SpillFiles(temporaryFolder(), 100, 'logs')
  expect(files.add(batchOf('x'.repeat(60)))).toBe(true)
  expect(files.add(batchOf('x'.repeat(60)))).toBe(false)
  expect(files.add(batchOf('x'.repeat(20)))).toBe(true)
})

test('files of another process are taken over after a minute, by one process only, and those of another database never', () => {
  const dir = temporaryFolder()
  // The owner's name is that of a process that nobody can see.
  const head = { spoor: 'spilled lines', database: 'logs', id: 'a:1:2:3', created: 5, count: 1, owner: '?' }
  const path = join(dir, 'spoor-5-1-1-x.jsonl')
  writeFileSync(path, `${JSON.stringify(head)}\n{"a":1}\n`)
  writeFileSync(join(dir, 'spoor-6-1-1-x.jsonl'), `${JSON.stringify({ ...head, database: 'other' })}\n{"a":1}\n`)
  const [one, other] = [new SpillFiles(dir, 2 ** 20, 'logs'), new SpillFiles(dir, 2 ** 20, 'logs')]
  one.adopt()
  expect(one.first).toBeUndefined()
  const old = new Date(Date.now() - 61_000)
  utimesSync(path, old, old)
  one.adopt()
  expect(one.first).toMatchObject({ id: 'a:1:2:3', count: 1 })
  const taken = one.first
  expect(taken && Buffer.concat(one.read(taken)?.pieces ?? []).toString()).toBe('{"a":1}\n')
  expect(readdirSync(dir)).toHaveLength(2)
  other.adopt()
  if (taken !== undefined) one.remove(taken)
  expect(readdirSync(dir)).toEqual(['spoor-6-1-1-x.jsonl'])
})

test('files that another process has taken over count no more, and make room', () => {
  const dir = temporaryFolder()
  const files = new SpillFiles(dir, 100, 'logs')
  files.add(batchOf('x'.repeat(60)))
  files.add(batchOf('x'.repeat(30)))
  for (const name of readdirSync(dir)) renameSync(join(dir, name), join(temporaryFolder(), name))
  files.adopt()
  expect([files.bytes, files.lines, files.first]).toEqual([0, 0, undefined])
  expect(files.add(batchOf('x'.repeat(60)))).toBe(true)
})

test('files of processes that may live are left to them while the server is away', () => {
  const dir = temporaryFolder()
  const head = { spoor: 'spilled lines', database: 'logs', id: 'a:1:2:3', created: 5, count: 1 }
  const old = new Date(Date.now() - 61_000)
  const gone = JSON.stringify({ ...self(), pid: 2 ** 22 + 1 })
  for (const [name, owner] of Object.entries({ unknown: '?', gone })) {
    writeFileSync(join(dir, `spoor-5-${name}.jsonl`), `${JSON.stringify({ ...head, id: name, owner })}\n{"a":1}\n`)
    utimesSync(join(dir, `spoor-5-${name}.jsonl`), old, old)
  }
  const files = new SpillFiles(dir, 2 ** 20, 'logs')
  files.adopt(true)
  expect([files.first?.id, files.lines]).toEqual(['gone', 1])
  files.adopt()
  expect(files.lines).toBe(2)
})

test('files of a handler in the same process are taken over when it is closed, not before', () => {
  const dir = temporaryFolder()
  const [one, other] = [new SpillFiles(dir, 2 ** 20, 'logs'), new SpillFiles(dir, 2 ** 20, 'logs')]
  one.add(batchOf('a'))
  other.adopt()
  expect(other.first).toBeUndefined()
  one.release()
  other.adopt()
  expect(other.first?.id).toBe(one.first?.id)
})

test('files of others are left alone: symbolic links, other texts', () => {
  const dir = temporaryFolder()
  const outside = join(temporaryFolder(), 'secret')
  const head = { spoor: 'spilled lines', database: 'logs', id: 'a', created: 5, count: 1, owner: '?' }
  writeFileSync(outside, `${JSON.stringify(head)}\nx\n`)
  const old = new Date(0)
  utimesSync(outside, old, old)
  symlinkSync(outside, join(dir, 'spoor-1-link.jsonl'))
  writeFileSync(join(dir, 'spoor-2-text.jsonl'), 'hello\n')
  writeFileSync(join(dir, 'notes.txt'), 'hello\n')
  const files = new SpillFiles(dir, 2 ** 20, 'logs')
  files.adopt()
  expect(files.first).toBeUndefined()
  expect(readdirSync(dir)).toHaveLength(3)
})

test('a file that cannot be read now is neither deleted nor sent, and is looked at again later', () => {
  const dir = temporaryFolder()
  const files = new SpillFiles(dir, 2 ** 20, 'logs')
  files.add(batchOf('a'))
  const first = files.first as Spilled
  const away = `${first.path}.away`
  renameSync(first.path, away)
  // Nobody can open it, not even root.
  symlinkSync(away, first.path)
  expect(files.read(first)).toBeUndefined()
  files.leave(first)
  files.adopt()
  expect([files.first, files.lines, readdirSync(dir).length]).toEqual([undefined, 0, 2])
  renameSync(away, first.path)
  files.adopt()
  expect(files.first).toMatchObject({ id: first.id, count: 1 })
})

test('files that cannot be written are refused, and nothing is thrown', () => {
  const files = new SpillFiles('/proc/nowhere', 2 ** 20, 'logs')
  expect(files.add(batchOf('a'))).toBe(false)
  const dir = temporaryFolder()
  chmodSync(dir, 0o500)
  expect(() => new SpillFiles(join(dir, 'x'), 2 ** 20, 'logs').add(batchOf('a'))).not.toThrow()
  chmodSync(dir, 0o700)
})
